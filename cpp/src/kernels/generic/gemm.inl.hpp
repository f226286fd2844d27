// Products with packed weights in plain C++; also the statement of what they compute.
// Included by kernels/isa/*.cpp inside their unnamed namespace.

template <bool kTransposed>
void generic_gemm_f32(const float* a, std::size_t lda, const float* b, std::size_t n_panels,
                      std::size_t m, std::size_t k, float* c, std::size_t ldc) noexcept {
  for (std::size_t p = 0; p < n_panels; ++p, b += k * kPanel, c += kPanel) {
    for (std::size_t i = 0; i < m; ++i) {
      float sums[kPanel] = {};
      for (std::size_t l = 0; l < k; ++l) {
        const float x = kTransposed ? a[l * lda + i] : a[i * lda + l];
        for (std::size_t j = 0; j < kPanel; ++j) sums[j] += x * b[l * kPanel + j];
      }
      for (std::size_t j = 0; j < kPanel; ++j) c[i * ldc + j] = sums[j];
    }
  }
}

inline void generic_gemm_int8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                              std::int32_t* c, std::size_t ldc) noexcept {
  const std::int8_t* panel = b.b;
  for (std::size_t p = 0; p < b.n_panels; ++p, panel += b.quads * kPanel * 4, c += kPanel) {
    for (std::size_t i = 0; i < m; ++i) {
      std::int32_t sums[kPanel] = {};
      for (std::size_t l = 0; l < b.quads; ++l) {
        const std::uint8_t* x = a + i * lda + 4 * l;
        const std::int8_t* w = panel + l * kPanel * 4;
        for (std::size_t j = 0; j < kPanel; ++j) {
          sums[j] +=
              x[0] * w[4 * j] + x[1] * w[4 * j + 1] + x[2] * w[4 * j + 2] + x[3] * w[4 * j + 3];
        }
      }
      for (std::size_t j = 0; j < kPanel; ++j) c[i * ldc + j] = sums[j];
    }
  }
}

constexpr GemmKernels generic_gemm_kernels() {
  return {.f32 = generic_gemm_f32<false>,
          .f32_at = generic_gemm_f32<true>,
          .u7s8 = generic_gemm_int8,
          .u8s8 = generic_gemm_int8};
}
