// Float32 products with AVX2 and FMA: a tile of R rows by P panels stays in registers over a block
// of k, whose part of a panel (16 KB) stays in the first-level cache from tile to tile; the next
// block takes the sums up where they were, which changes no bit. 6 x 1 panel takes 12 accumulators,
// two loads of b and one broadcast a row, and so keeps both FMA units busy; single rows take 4
// panels at once for 8 independent sums (latency 4, 2 a cycle). Each function is made twice: for A
// as rows, and for A given as rows of A'. Included by avx2.cpp inside its unnamed namespace.

// Where element (i, l) of A is.
template <bool kTransposed>
inline const float* f32_at(const float* a, std::size_t lda, std::size_t i, std::size_t l) noexcept {
  return kTransposed ? a + l * lda + i : a + i * lda + l;
}

// Panels are `panel` floats apart. Adds to c unless this is the first block of k.
template <bool kTransposed, std::size_t R, std::size_t P>
inline void f32_tile(const float* a, std::size_t lda, const float* b, std::size_t panel,
                     std::size_t k, bool first, float* c, std::size_t ldc) noexcept {
  // Without the pragmas GCC unrolls too late and keeps `sums` in memory: a quarter of the speed.
  __m256 sums[R][2 * P];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (std::size_t p = 0; p < 2 * P; ++p) {
      sums[r][p] = first ? _mm256_setzero_ps() : _mm256_loadu_ps(c + r * ldc + 8 * p);
    }
  }
  for (std::size_t l = 0; l < k; ++l) {
    __m256 w[2 * P];
#pragma GCC unroll 16
    for (std::size_t p = 0; p < P; ++p) {
      const float* row = b + p * panel + l * kPanel;
      w[2 * p] = _mm256_loadu_ps(row);
      w[2 * p + 1] = _mm256_loadu_ps(row + 8);
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < R; ++r) {
      const __m256 x = _mm256_broadcast_ss(f32_at<kTransposed>(a, lda, r, l));
#pragma GCC unroll 16
      for (std::size_t p = 0; p < 2 * P; ++p) sums[r][p] = _mm256_fmadd_ps(x, w[p], sums[r][p]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (std::size_t p = 0; p < 2 * P; ++p) _mm256_storeu_ps(c + r * ldc + 8 * p, sums[r][p]);
  }
}

// R rows by all panels over all of k.
template <bool kTransposed, std::size_t R, std::size_t P>
inline void f32_panels(const float* a, std::size_t lda, const float* b, std::size_t n_panels,
                       std::size_t k, float* c, std::size_t ldc) noexcept {
  const std::size_t panel = k * kPanel;
  std::size_t p = 0;
  for (; p + P <= n_panels; p += P) {
    f32_tile<kTransposed, R, P>(a, lda, b + p * panel, panel, k, true, c + p * kPanel, ldc);
  }
  for (; p < n_panels; ++p) {
    f32_tile<kTransposed, R, 1>(a, lda, b + p * panel, panel, k, true, c + p * kPanel, ldc);
  }
}

template <bool kTransposed>
void avx2_gemm_f32(const float* a, std::size_t lda, const float* b, std::size_t n_panels,
                   std::size_t m, std::size_t k, float* c, std::size_t ldc) noexcept {
  constexpr std::size_t kRows = 6;
  constexpr std::size_t kDepth = 256;
  const std::size_t full = k == 0 ? 0 : m - m % kRows;
  for (std::size_t l = 0; full > 0 && l < k; l += kDepth) {
    const std::size_t depth = k - l < kDepth ? k - l : kDepth;
    for (std::size_t p = 0; p < n_panels; ++p) {
      for (std::size_t i = 0; i < full; i += kRows) {
        f32_tile<kTransposed, kRows, 1>(f32_at<kTransposed>(a, lda, i, l), lda,
                                        b + (p * k + l) * kPanel, 0, depth, l == 0,
                                        c + i * ldc + p * kPanel, ldc);
      }
    }
  }
  std::size_t i = full;
  for (; i + 2 <= m; i += 2) {
    f32_panels<kTransposed, 2, 2>(f32_at<kTransposed>(a, lda, i, 0), lda, b, n_panels, k,
                                  c + i * ldc, ldc);
  }
  if (i < m) {
    f32_panels<kTransposed, 1, 4>(f32_at<kTransposed>(a, lda, i, 0), lda, b, n_panels, k,
                                  c + i * ldc, ldc);
  }
}
