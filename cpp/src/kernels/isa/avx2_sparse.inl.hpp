// The sparse product with AVX2: 16 rows of X are two registers, times four sums that take turns.
// Multiplications and additions stay unfused: a single row is summed in plain C++ and must get the
// same bits. Included by avx2.cpp inside its unnamed namespace.

inline void avx2_dot_rows(const float* values, const std::int32_t* indices, std::size_t n,
                          const float* xt, float* sums) noexcept {
  __m256 low[kSparseSums];
  __m256 high[kSparseSums];
  for (std::size_t s = 0; s < kSparseSums; ++s) low[s] = high[s] = _mm256_setzero_ps();
  const auto step = [&](std::size_t k, std::size_t s) {
    const __m256 value = _mm256_broadcast_ss(values + k);
    const float* x = xt + static_cast<std::size_t>(indices[k]) * kSparseRows;
    low[s] = _mm256_add_ps(low[s], _mm256_mul_ps(value, _mm256_loadu_ps(x)));
    high[s] = _mm256_add_ps(high[s], _mm256_mul_ps(value, _mm256_loadu_ps(x + 8)));
  };
  std::size_t k = 0;
  for (; k + kSparseSums <= n; k += kSparseSums) {
    for (std::size_t s = 0; s < kSparseSums; ++s) step(k + s, s);
  }
  for (std::size_t s = 0; k + s < n; ++s) step(k + s, s);
  const auto total = [](const __m256* part) {
    return _mm256_add_ps(_mm256_add_ps(part[0], part[1]), _mm256_add_ps(part[2], part[3]));
  };
  _mm256_storeu_ps(sums, total(low));
  _mm256_storeu_ps(sums + 8, total(high));
}
