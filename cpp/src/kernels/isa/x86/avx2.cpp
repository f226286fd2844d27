// AVX2 + FMA (Intel Haswell 2013, AMD Zen 2017, and later).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
#include "kernels/isa/x86/avx2_kernels.inl.hpp"
}  // namespace

extern const KernelTable avx2_table;
const KernelTable avx2_table = avx2_kernels();

}  // namespace slimline::kernels
