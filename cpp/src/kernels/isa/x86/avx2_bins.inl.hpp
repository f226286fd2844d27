// Bins of sixteen values in four registers. Included inside an unnamed namespace.

inline __m256i avx2_unless_missing(__m256 x, __m256i below, __m256i missing) {
  const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  return _mm256_blendv_epi8(below, missing, is_nan);
}

inline void avx2_bins(const float* x, const float* edges, std::size_t n_edges,
                      std::int32_t* bins) noexcept {
  static_assert(kSparseRows == 16);
  const __m256 x0 = _mm256_loadu_ps(x);
  const __m256 x1 = _mm256_loadu_ps(x + 8);
  __m256i below0 = _mm256_setzero_si256();
  __m256i below1 = _mm256_setzero_si256();
  // Unrolled it takes two thirds of the time: the loop itself costs as much as an edge.
#pragma GCC unroll 4
  for (std::size_t e = 0; e < n_edges; ++e) {
    const __m256 edge = _mm256_broadcast_ss(edges + e);
    const __m256i is_below0 = _mm256_castps_si256(_mm256_cmp_ps(edge, x0, _CMP_LE_OQ));
    const __m256i is_below1 = _mm256_castps_si256(_mm256_cmp_ps(edge, x1, _CMP_LE_OQ));
    below0 = _mm256_sub_epi32(below0, is_below0);
    below1 = _mm256_sub_epi32(below1, is_below1);
  }
  const __m256i missing = _mm256_set1_epi32(static_cast<std::int32_t>(n_edges + 1));
  auto* out = reinterpret_cast<__m256i*>(bins);
  _mm256_storeu_si256(out, avx2_unless_missing(x0, below0, missing));
  _mm256_storeu_si256(out + 1, avx2_unless_missing(x1, below1, missing));
}
