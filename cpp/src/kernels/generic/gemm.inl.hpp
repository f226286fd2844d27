// Products with packed weights in plain C++; also the specification of these products.
// Included by kernels/isa/**.cpp inside their unnamed namespace.

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

// One row by the kWidth columns of a panel.
template <std::size_t kWidth>
void generic_dot_quads(const std::uint8_t* a, const std::int8_t* b, const std::uint8_t* order,
                       std::size_t quads, std::int32_t* c) noexcept {
  std::int32_t sums[kWidth] = {};
  for (std::size_t q = 0; q < quads; ++q, b += 4 * kWidth) {
    const std::uint8_t* x = a + 4 * (q / kBlockQuads * kBlockQuads + order[q]);
    for (std::size_t j = 0; j < kWidth; ++j) {
      const std::int8_t* w = b + 4 * j;
      sums[j] += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
    }
  }
  for (std::size_t j = 0; j < kWidth; ++j) c[j] = sums[j];
}

inline void generic_gemm_int8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                              std::int32_t* c, std::size_t ldc) noexcept {
  for (std::size_t p = 0; p < b.n_panels; ++p, c += kPanel) {
    const std::int8_t* panel = b.b + p * b.quads * kQuadBytes;
    const std::uint8_t* order = b.order + p * b.quads;
    const bool half = b.half_last && p + 1 == b.n_panels;
    for (std::size_t i = 0; i < m; ++i) {
      if (half) {
        generic_dot_quads<kPanel / 2>(a + i * lda, panel, order, b.quads, c + i * ldc);
      } else {
        generic_dot_quads<kPanel>(a + i * lda, panel, order, b.quads, c + i * ldc);
      }
    }
  }
}

constexpr GemmKernels generic_gemm_kernels() {
  return {.f32 = generic_gemm_f32<false>,
          .f32_at = generic_gemm_f32<true>,
          .u7s8 = generic_gemm_int8,
          .u8s8 = generic_gemm_int8};
}
