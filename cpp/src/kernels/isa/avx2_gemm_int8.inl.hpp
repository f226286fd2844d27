// Integer products with AVX2. Four bytes of a row of A meet four bytes of each of 8 columns:
// vpmaddubsw adds two products u7 * s8 into an int16, at most 2 * 127 * 127 = 32,258, so that it
// never saturates; vpmaddwd with ones adds the pairs into int32. The full-u8 form could saturate
// there, so it widens both sides to int16 first. Included by avx2.cpp inside its unnamed namespace.

inline __m256i broadcast4(const std::uint8_t* a) noexcept {
  std::int32_t bits;
  __builtin_memcpy(&bits, a, sizeof bits);
  return _mm256_set1_epi32(bits);
}

inline __m256i load_bytes(const std::int8_t* b) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
}

inline void store_sums(std::int32_t* c, __m256i sums) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(c), sums);
}

// R rows by P panels over all of k.
template <std::size_t R, std::size_t P>
inline void u7_tile(const std::uint8_t* a, std::size_t lda, const std::int8_t* b, std::size_t k4,
                    std::int32_t* c, std::size_t ldc) noexcept {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[R][2 * P];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t p = 0; p < 2 * P; ++p) sums[r][p] = _mm256_setzero_si256();
  }
  for (std::size_t l = 0; l < k4; ++l) {
    __m256i w[2 * P];
    for (std::size_t p = 0; p < P; ++p) {
      const std::int8_t* quad = b + (p * k4 + l) * kPanel * 4;
      w[2 * p] = load_bytes(quad);
      w[2 * p + 1] = load_bytes(quad + 32);
    }
    for (std::size_t r = 0; r < R; ++r) {
      const __m256i x = broadcast4(a + r * lda + 4 * l);
      for (std::size_t p = 0; p < 2 * P; ++p) {
        const __m256i pairs = _mm256_maddubs_epi16(x, w[p]);
        sums[r][p] = _mm256_add_epi32(sums[r][p], _mm256_madd_epi16(pairs, ones));
      }
    }
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t p = 0; p < 2 * P; ++p) store_sums(c + r * ldc + 8 * p, sums[r][p]);
  }
}

// One row and one panel, activations up to 255.
inline void u8_tile(const std::uint8_t* a, const std::int8_t* b, std::size_t k4,
                    std::int32_t* c) noexcept {
  __m256i sums[4];
  for (auto& sum : sums) sum = _mm256_setzero_si256();
  for (std::size_t l = 0; l < k4; ++l) {
    const __m256i x = _mm256_cvtepu8_epi16(_mm256_castsi256_si128(broadcast4(a + 4 * l)));
    for (std::size_t p = 0; p < 4; ++p) {
      const auto* columns = reinterpret_cast<const __m128i*>(b + l * kPanel * 4 + 16 * p);
      const __m256i w = _mm256_cvtepi8_epi16(_mm_loadu_si128(columns));
      sums[p] = _mm256_add_epi32(sums[p], _mm256_madd_epi16(x, w));
    }
  }
  for (std::size_t p = 0; p < 4; p += 2) {
    // Adjacent pairs belong to one column; hadd works within 128-bit halves, hence the permutation.
    const __m256i pairs = _mm256_hadd_epi32(sums[p], sums[p + 1]);
    store_sums(c + 4 * p, _mm256_permute4x64_epi64(pairs, 0xD8));
  }
}

template <std::size_t R, std::size_t P>
inline void u7_panels(const std::uint8_t* a, std::size_t lda, const std::int8_t* b,
                      std::size_t n_panels, std::size_t k4, std::int32_t* c,
                      std::size_t ldc) noexcept {
  const std::size_t panel = k4 * kPanel * 4;
  std::size_t p = 0;
  for (; p + P <= n_panels; p += P) {
    u7_tile<R, P>(a, lda, b + p * panel, k4, c + p * kPanel, ldc);
  }
  for (; p < n_panels; ++p) u7_tile<R, 1>(a, lda, b + p * panel, k4, c + p * kPanel, ldc);
}

inline void avx2_gemm_u7s8(const std::uint8_t* a, std::size_t lda, const std::int8_t* b,
                           std::size_t n_panels, std::size_t m, std::size_t k4, std::int32_t* c,
                           std::size_t ldc) noexcept {
  constexpr std::size_t kRows = 4;
  const std::size_t full = m - m % kRows;
  for (std::size_t p = 0; p < n_panels; ++p) {
    for (std::size_t i = 0; i < full; i += kRows) {
      u7_tile<kRows, 1>(a + i * lda, lda, b + p * k4 * kPanel * 4, k4, c + i * ldc + p * kPanel,
                        ldc);
    }
  }
  std::size_t i = full;
  for (; i + 2 <= m; i += 2) u7_panels<2, 1>(a + i * lda, lda, b, n_panels, k4, c + i * ldc, ldc);
  if (i < m) u7_panels<1, 4>(a + i * lda, lda, b, n_panels, k4, c + i * ldc, ldc);
}

inline void avx2_gemm_u8s8(const std::uint8_t* a, std::size_t lda, const std::int8_t* b,
                           std::size_t n_panels, std::size_t m, std::size_t k4, std::int32_t* c,
                           std::size_t ldc) noexcept {
  for (std::size_t p = 0; p < n_panels; ++p) {
    for (std::size_t i = 0; i < m; ++i) {
      u8_tile(a + i * lda, b + p * k4 * kPanel * 4, k4, c + i * ldc + p * kPanel);
    }
  }
}
