// All kernels of AVX2 and FMA. Included by isa/avx2.cpp, and by those for which it is a beginning,
// inside their unnamed namespace.

// clang-format off
#include "kernels/generic/int8_blocks.inl.hpp"
#include "kernels/generic/logistic.inl.hpp"
#include "kernels/generic/optimizer.inl.hpp"
#include "kernels/generic/outer.inl.hpp"
#include "kernels/generic/prox.inl.hpp"
#include "kernels/generic/quantize.inl.hpp"
#include "kernels/generic/rows.inl.hpp"
#include "kernels/generic/sparse.inl.hpp"
#include "kernels/generic/vector.inl.hpp"
#include "kernels/isa/x86/avx2_bins.inl.hpp"
#include "kernels/isa/x86/avx2_bytes.inl.hpp"
#include "kernels/isa/x86/avx2_gemm_f32.inl.hpp"
#include "kernels/isa/x86/avx2_gemm_int8.inl.hpp"
#include "kernels/isa/x86/avx2_outer.inl.hpp"
#include "kernels/isa/x86/avx2_quantize.inl.hpp"
#include "kernels/isa/x86/avx2_sparse.inl.hpp"
#include "kernels/isa/x86/avx2_text.inl.hpp"
#include "kernels/isa/x86/avx2_vector.inl.hpp"
#include "kernels/isa/x86/avx2_registers.inl.hpp"
#include "kernels/isa/x86/four_rows.inl.hpp"
// clang-format on

template <class T>
constexpr VectorKernels<T> avx2_vector_kernels() {
  return {.all_finite = generic_all_finite<T>,
          .dot = avx2_dot<T>,
          .axpy = avx2_axpy<T>,
          .dot_wide = avx2_dot_wide<T>,
          .axpy_wide = avx2_axpy_wide<T>,
          .dot4 = wide_dot4<Ymm<T>>,
          .gram4 = wide_gram4<Ymm<T>>,
          .axpy4 = wide_axpy4<Ymm<T>>,
          .add_moments4 = generic_add_moments4<T>,
          .axpy4_dot4 = wide_axpy4_dot4<Ymm<T>>};
}

constexpr KernelTable avx2_kernels() {
  return {
      .name = "avx2",
      .required = kAvx2Fma | kX86V2,
      .f32 = avx2_vector_kernels<float>(),
      .f64 = avx2_vector_kernels<double>(),
      .rows_f32 = single_row_kernels<float, avx2_dot_wide<float>, avx2_axpy_wide<float>>(),
      .rows_f64 = single_row_kernels<double, avx2_dot_wide<double>, avx2_axpy_wide<double>>(),
      .gemm = {.f32 = avx2_gemm_f32<false>,
               .f32_at = avx2_gemm_f32<true>,
               .u7s8 = avx2_gemm_u7s8,
               .u8s8 = avx2_gemm_u8s8},
      .quantize = avx2_quantize_kernels(),
      .sparse = avx2_sparse_kernels(),
      .optimizer = generic_optimizer_kernels(),
      .prox = generic_prox_kernels(),
      .outer_4x8 = avx2_outer_4x8,
      .add_gram = tiled_add_gram<avx2_outer_4x8>,
      .logistic = generic_logistic,
      .bins = avx2_bins,
      .text = {.ascii_members = avx2_ascii_members},
  };
}
