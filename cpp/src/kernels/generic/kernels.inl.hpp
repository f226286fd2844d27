// All kernels in plain C++. Included by kernels/isa/**.cpp inside their unnamed namespace.

// clang-format off
#include "kernels/generic/int8_blocks.inl.hpp"
#include "kernels/generic/bins.inl.hpp"
#include "kernels/generic/gemm.inl.hpp"
#include "kernels/generic/logistic.inl.hpp"
#include "kernels/generic/optimizer.inl.hpp"
#include "kernels/generic/outer.inl.hpp"
#include "kernels/generic/prox.inl.hpp"
#include "kernels/generic/quantize.inl.hpp"
#include "kernels/generic/rows.inl.hpp"
#include "kernels/generic/sparse.inl.hpp"
#include "kernels/generic/text.inl.hpp"
#include "kernels/generic/vector.inl.hpp"
// clang-format on

constexpr KernelTable generic_kernels() {
  return {
      .name = "baseline",
#if defined(__x86_64__)
      .required = kX86V2,
#else
      .required = 0,
#endif
      .f32 = generic_vector_kernels<float>(),
      .f64 = generic_vector_kernels<double>(),
      .rows_f32 = single_row_kernels<float, generic_dot<double, float, double>,
                                     generic_axpy<double, float>>(),
      .rows_f64 = single_row_kernels<double, generic_dot<double, double, double>,
                                     generic_axpy<double, double>>(),
      .gemm = generic_gemm_kernels(),
      .quantize = generic_quantize_kernels(),
      .sparse = generic_sparse_kernels(),
      .optimizer = generic_optimizer_kernels(),
      .prox = generic_prox_kernels(),
      .outer_4x8 = generic_outer_4x8,
      .add_gram = tiled_add_gram<generic_outer_4x8>,
      .logistic = generic_logistic,
      .bins = generic_bins,
      .text = {.ascii_members = generic_ascii_members},
  };
}
