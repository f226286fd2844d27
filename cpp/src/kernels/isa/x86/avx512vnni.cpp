// AVX-512 VNNI: vpdpbusd on 512 bits (Intel Cascade Lake 2019, AMD Zen 4 2022, and later). What is
// no product of integers is as in avx2.cpp.
#include <cstddef>
#include <cstdint>

#include "kernels/isa/x86/vnni_intrinsics.inl.hpp"
#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/isa/x86/avx2_kernels.inl.hpp"

inline __m256i dot_bytes(__m256i sums, __m256i x, __m256i w) noexcept {
  return SLIMLINE_VNNI(_mm256_dpbusd_epi32)(sums, x, w);
}

#include "kernels/isa/x86/vnni_half_panel.inl.hpp"

// One register of sixteen columns.
struct FullPanel {
  static constexpr std::size_t kRows = 8;
  static constexpr std::size_t kRegisters = 1;
  static constexpr std::size_t kBytes = 64;
  using Register = SLIMLINE_VNNI_512;
  static Register zero() noexcept { return SLIMLINE_VNNI(_mm512_setzero_si512)(); }
  static Register load(const void* p) noexcept { return SLIMLINE_VNNI(_mm512_loadu_si512)(p); }
  static Register broadcast(const std::uint8_t* a) noexcept {
    std::int32_t bits;
    __builtin_memcpy(&bits, a, sizeof bits);
    return SLIMLINE_VNNI(_mm512_set1_epi32)(bits);
  }
  static void store(std::int32_t* c, Register sums) noexcept {
    SLIMLINE_VNNI(_mm512_storeu_si512)(c, sums);
  }
  static Register dot(Register sums, Register x, Register w) noexcept {
    return SLIMLINE_VNNI(_mm512_dpbusd_epi32)(sums, x, w);
  }
};

#include "kernels/isa/x86/vnni_gemm_int8.inl.hpp"
#include "kernels/isa/x86/avx512_registers.inl.hpp"
#include "kernels/isa/x86/avx512_four_rows.inl.hpp"
#include "kernels/isa/x86/avx512_outer.inl.hpp"
#include "kernels/isa/x86/avx512_rows.inl.hpp"
// clang-format on

constexpr KernelTable avx512_kernels() {
  KernelTable table = vnni_kernels("avx512vnni", kAvx512Vnni);
  table.f32 = avx512_vector_kernels<float>();
  table.f64 = avx512_vector_kernels<double>();
  table.rows_f32 = avx512_row_kernels<float>();
  table.rows_f64 = avx512_row_kernels<double>();
  table.add_gram = avx512_add_gram;
  return table;
}
}  // namespace

extern const KernelTable avx512vnni_table;
const KernelTable avx512vnni_table = avx512_kernels();

}  // namespace slimline::kernels
