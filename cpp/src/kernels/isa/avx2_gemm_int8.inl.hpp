// Integer products with AVX2. Four bytes of a row of A meet four bytes of each of 8 columns:
// vpmaddubsw adds two products u7 * s8 into an int16, at most 2 * 127 * 127 = 32,258, so that it
// never saturates; vpmaddwd with ones adds the pairs into int32. Multiplications are what limits
// the speed (2 a cycle), so for proven pairs of quads (see Int8Panels) two vpmaddubsw share one
// vpmaddwd: 3 for 64 products and not 4. The full-u8 form could saturate, so it widens both sides
// to int16 first. Included by avx2.cpp inside its unnamed namespace.

inline __m256i broadcast4(const std::uint8_t* a) noexcept {
  std::int32_t bits;
  __builtin_memcpy(&bits, a, sizeof bits);
  return _mm256_set1_epi32(bits);
}

inline __m256i load_bytes(const void* b) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(b));
}

inline void store_sums(std::int32_t* c, __m256i sums) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(c), sums);
}

// A block of one panel, and where its rows of A begin.
struct Int8Block {
  const std::uint8_t* a;
  const std::int8_t* b;
  const std::uint8_t* pairs;
  std::size_t n_pairs;
  std::size_t n_proven;
};

constexpr std::size_t kQuadBytes = kPanel * 4;

// sums += one pair of quads for R rows. kProven: both quads' int16 sums fit one int16.
template <std::size_t R, bool kProven>
inline void u7_pair(const std::uint8_t* a, std::size_t lda, const std::int8_t* b, __m256i ones,
                    __m256i (&sums)[R][2]) noexcept {
  const __m256i w[2][2] = {{load_bytes(b), load_bytes(b + 32)},
                           {load_bytes(b + kQuadBytes), load_bytes(b + kQuadBytes + 32)}};
  for (std::size_t r = 0; r < R; ++r) {
    const __m256i x0 = broadcast4(a + r * lda);
    const __m256i x1 = broadcast4(a + r * lda + 4);
    for (std::size_t h = 0; h < 2; ++h) {
      const __m256i first = _mm256_maddubs_epi16(x0, w[0][h]);
      const __m256i second = _mm256_maddubs_epi16(x1, w[1][h]);
      if constexpr (kProven) {
        const __m256i both = _mm256_add_epi16(first, second);
        sums[r][h] = _mm256_add_epi32(sums[r][h], _mm256_madd_epi16(both, ones));
      } else {
        sums[r][h] = _mm256_add_epi32(sums[r][h], _mm256_madd_epi16(first, ones));
        sums[r][h] = _mm256_add_epi32(sums[r][h], _mm256_madd_epi16(second, ones));
      }
    }
  }
}

// R rows by a block of a panel; adds to c unless this is the first block.
template <std::size_t R>
inline void u7_tile(const Int8Block& block, std::size_t lda, bool first, std::int32_t* c,
                    std::size_t ldc) noexcept {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[R][2];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t h = 0; h < 2; ++h) {
      sums[r][h] = first ? _mm256_setzero_si256() : load_bytes(c + r * ldc + 8 * h);
    }
  }
  std::size_t s = 0;
  for (; s < block.n_proven; ++s) {
    const std::size_t pair = block.pairs[s];
    u7_pair<R, true>(block.a + 8 * pair, lda, block.b + 2 * kQuadBytes * pair, ones, sums);
  }
  for (; s < block.n_pairs; ++s) {
    const std::size_t pair = block.pairs[s];
    u7_pair<R, false>(block.a + 8 * pair, lda, block.b + 2 * kQuadBytes * pair, ones, sums);
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t h = 0; h < 2; ++h) store_sums(c + r * ldc + 8 * h, sums[r][h]);
  }
}

inline void u7_rows(Int8Block block, std::size_t lda, std::size_t m, bool first, std::int32_t* c,
                    std::size_t ldc) noexcept {
  for (; m >= 4; m -= 4, block.a += 4 * lda, c += 4 * ldc) u7_tile<4>(block, lda, first, c, ldc);
  if (m == 3) u7_tile<3>(block, lda, first, c, ldc);
  if (m == 2) u7_tile<2>(block, lda, first, c, ldc);
  if (m == 1) u7_tile<1>(block, lda, first, c, ldc);
}

inline void avx2_gemm_u7s8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  const std::size_t n_pairs = b.quads / 2;
  const std::size_t n_blocks = n_pairs == 0 ? 1 : (n_pairs + kBlockPairs - 1) / kBlockPairs;
  const auto multiply = [&](std::size_t p, std::size_t l) {
    const std::size_t begin = l * kBlockPairs;
    const std::size_t left = n_pairs - begin;
    const Int8Block block{.a = a + 8 * begin,
                          .b = b.b + (p * n_pairs + begin) * 2 * kQuadBytes,
                          .pairs = b.pairs + p * n_pairs + begin,
                          .n_pairs = left < kBlockPairs ? left : kBlockPairs,
                          .n_proven = n_pairs == 0 ? 0U : b.proven[p * n_blocks + l]};
    u7_rows(block, lda, m, l == 0, c + p * kPanel, ldc);
  };
  if (m < 4) {  // B is read once, so read it from end to end.
    for (std::size_t p = 0; p < b.n_panels; ++p) {
      for (std::size_t l = 0; l < n_blocks; ++l) multiply(p, l);
    }
    return;
  }
  for (std::size_t l = 0; l < n_blocks; ++l) {
    for (std::size_t p = 0; p < b.n_panels; ++p) multiply(p, l);
  }
}

// One row and one panel, activations up to 255.
inline void u8_tile(const std::uint8_t* a, const std::int8_t* b, std::size_t quads,
                    std::int32_t* c) noexcept {
  __m256i sums[4];
  for (auto& sum : sums) sum = _mm256_setzero_si256();
  for (std::size_t l = 0; l < quads; ++l) {
    const __m256i x = _mm256_cvtepu8_epi16(_mm256_castsi256_si128(broadcast4(a + 4 * l)));
    for (std::size_t p = 0; p < 4; ++p) {
      const auto* columns = reinterpret_cast<const __m128i*>(b + l * kQuadBytes + 16 * p);
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

inline void avx2_gemm_u8s8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  for (std::size_t p = 0; p < b.n_panels; ++p) {
    for (std::size_t i = 0; i < m; ++i) {
      u8_tile(a + i * lda, b.b + p * b.quads * kQuadBytes, b.quads, c + i * ldc + p * kPanel);
    }
  }
}
