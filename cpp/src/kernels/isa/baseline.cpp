// The level that every supported CPU runs: x86-64-v2, or the compiler's default elsewhere.
#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
#include "kernels/generic/gemm.inl.hpp"
#include "kernels/generic/optimizer.inl.hpp"
#include "kernels/generic/outer.inl.hpp"
#include "kernels/generic/quantize.inl.hpp"
#include "kernels/generic/sparse.inl.hpp"
#include "kernels/generic/vector.inl.hpp"
}  // namespace

extern const KernelTable baseline_table;
const KernelTable baseline_table = {
    .name = "baseline",
#if defined(__x86_64__)
    .required = kX86V2,
#else
    .required = 0,
#endif
    .f32 = generic_vector_kernels<float>(),
    .f64 = generic_vector_kernels<double>(),
    .gemm = generic_gemm_kernels(),
    .quantize = generic_quantize_kernels(),
    .sparse = generic_sparse_kernels(),
    .optimizer = generic_optimizer_kernels(),
    .outer_4x8 = generic_outer_4x8,
};

}  // namespace slimline::kernels
