// AVX2 + FMA (Intel Haswell 2013, AMD Zen 2017, and later).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
#include "kernels/generic/vector.inl.hpp"
}  // namespace

extern const KernelTable avx2_table;
const KernelTable avx2_table = {
    .name = "avx2",
    .required = kAvx2Fma | kX86V2,
    .f32 = generic_vector_kernels<float>(),
    .f64 = generic_vector_kernels<double>(),
};

}  // namespace slimline::kernels
