// AVX-VNNI: vpdpbusd on 256 bits (Intel Alder Lake 2021, AMD Zen 5 2024, and later). What is no
// product of integers is as in avx2.cpp.
#include <cstddef>
#include <cstdint>

#include "kernels/isa/x86/vnni_intrinsics.inl.hpp"
#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/isa/x86/avx2_kernels.inl.hpp"

inline __m256i dot_bytes(__m256i sums, __m256i x, __m256i w) noexcept {
#ifdef SLIMLINE_SIMDE
  return simde_mm256_dpbusd_epi32(sums, x, w);  // the same operation under its AVX-512 name
#else
  return _mm256_dpbusd_avx_epi32(sums, x, w);
#endif
}

#include "kernels/isa/x86/vnni_half_panel.inl.hpp"

// Two registers of eight columns.
struct FullPanel : HalfPanel {
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kRegisters = 2;
};

#include "kernels/isa/x86/vnni_gemm_int8.inl.hpp"
// clang-format on
}  // namespace

extern const KernelTable avxvnni_table;
const KernelTable avxvnni_table = vnni_kernels("avxvnni", kAvxVnni);

}  // namespace slimline::kernels
