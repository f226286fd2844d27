// The block of generic/outer.inl.hpp in eight registers of sums, with FMA.
// Included by isa/avx2.cpp inside its unnamed namespace.

inline void avx2_outer_4x8(const double* a, const double* b, std::size_t n, std::size_t stride,
                           double* h, std::size_t h_stride) noexcept {
  __m256d sum[4][2] = {};
  for (std::size_t r = 0; r < n; ++r, a += stride, b += stride) {
    const __m256d b0 = _mm256_loadu_pd(b);
    const __m256d b1 = _mm256_loadu_pd(b + 4);
    for (std::size_t i = 0; i < 4; ++i) {
      const __m256d ai = _mm256_broadcast_sd(a + i);
      sum[i][0] = _mm256_fmadd_pd(ai, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_pd(ai, b1, sum[i][1]);
    }
  }
  for (std::size_t i = 0; i < 4; ++i, h += h_stride) {
    _mm256_storeu_pd(h, _mm256_add_pd(_mm256_loadu_pd(h), sum[i][0]));
    _mm256_storeu_pd(h + 4, _mm256_add_pd(_mm256_loadu_pd(h + 4), sum[i][1]));
  }
}
