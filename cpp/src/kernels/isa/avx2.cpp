// AVX2 + FMA (Intel Haswell 2013, AMD Zen 2017, and later).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/generic/optimizer.inl.hpp"
#include "kernels/generic/outer.inl.hpp"
#include "kernels/generic/quantize.inl.hpp"
#include "kernels/isa/avx2_gemm_f32.inl.hpp"
#include "kernels/isa/avx2_gemm_int8.inl.hpp"
#include "kernels/isa/avx2_quantize.inl.hpp"
#include "kernels/isa/avx2_sparse.inl.hpp"
#include "kernels/isa/avx2_vector.inl.hpp"
// clang-format on
}  // namespace

extern const KernelTable avx2_table;
const KernelTable avx2_table = {
    .name = "avx2",
    .required = kAvx2Fma | kX86V2,
    .f32 = avx2_vector_kernels<float>(),
    .f64 = avx2_vector_kernels<double>(),
    .gemm = {.f32 = avx2_gemm_f32<false>,
             .f32_at = avx2_gemm_f32<true>,
             .u7s8 = avx2_gemm_u7s8,
             .u8s8 = avx2_gemm_u8s8},
    .quantize = avx2_quantize_kernels(),
    .sparse = {.dot_rows = avx2_dot_rows},
    .optimizer = generic_optimizer_kernels(),
    .outer_4x8 = generic_outer_4x8,
};

}  // namespace slimline::kernels
