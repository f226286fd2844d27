// AVX-512 VNNI: vpdpbusd on 512 bits (Intel Cascade Lake 2019, AMD Zen 4 2022, and later). What is
// no product of integers is as in avx2.cpp.
#include <cstddef>
#include <cstdint>

#include "kernels/isa/vnni_intrinsics.inl.hpp"
#include "kernels/table.hpp"

namespace slimline::kernels {
namespace {
// clang-format off
#include "kernels/isa/avx2_kernels.inl.hpp"

inline __m256i dot_bytes(__m256i sums, __m256i x, __m256i w) noexcept {
  return SLIMLINE_VNNI(_mm256_dpbusd_epi32)(sums, x, w);
}

#include "kernels/isa/vnni_half_panel.inl.hpp"

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

#include "kernels/isa/vnni_gemm_int8.inl.hpp"
#include "kernels/isa/avx512_registers.inl.hpp"
// clang-format on

// Wider registers pay where outputs share the rows. For a single one, whose rows begin anywhere,
// loads that cross cache lines take what they save.
template <class T>
void avx512_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
                 std::size_t n, T* sums) noexcept {
  if (n_vectors == 1) return wide_dot4<Ymm<T>>(x, w, stride, 1, n, sums);
  wide_dot4<Zmm<T>>(x, w, stride, n_vectors, n, sums);
}

template <class T>
void avx512_axpy4_dot4(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                       std::size_t n_vectors, std::size_t n, T* sums) noexcept {
  if (n_vectors == 1) return wide_axpy4_dot4<Ymm<T>>(a, x, y, w, stride, 1, n, sums);
  wide_axpy4_dot4<Zmm<T>>(a, x, y, w, stride, n_vectors, n, sums);
}

template <class T>
constexpr VectorKernels<T> avx512_vector_kernels() {
  VectorKernels<T> kernels = avx2_vector_kernels<T>();
  kernels.dot4 = avx512_dot4<T>;
  kernels.axpy4_dot4 = avx512_axpy4_dot4<T>;
  return kernels;
}

constexpr KernelTable avx512vnni_kernels() {
  KernelTable table = vnni_kernels("avx512vnni", kAvx512Vnni);
  table.f32 = avx512_vector_kernels<float>();
  table.f64 = avx512_vector_kernels<double>();
  return table;
}
}  // namespace

extern const KernelTable avx512vnni_table;
const KernelTable avx512vnni_table = avx512vnni_kernels();

}  // namespace slimline::kernels
