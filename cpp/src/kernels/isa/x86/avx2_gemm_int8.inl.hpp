// Integer products with AVX2. Four bytes of a row of A meet four bytes of each of 8 columns:
// vpmaddubsw adds two products u7 * s8 into an int16, at most 2 * 127 * 127 = 32,258, so that it
// never saturates; vpmaddwd with ones adds the pairs into int32. Multiplications are what limits
// the speed (2 a cycle), so for couples of quads (see Int8Panels) two vpmaddubsw share one
// vpmaddwd: 3 for 64 products and not 4. The full-u8 form could saturate, so it widens both sides
// to int16 first, A once for all panels. Included by avx2_kernels.inl.hpp.

// sums += the quad at b for R rows by 8 V columns.
template <std::size_t R, std::size_t V>
inline void u7_quad(const std::uint8_t* a, std::size_t lda, const std::int8_t* b,
                    const std::uint8_t* order, __m256i ones, __m256i (&sums)[R][V]) noexcept {
  a += 4 * std::size_t{order[0]};
  __m256i w[V];
  for (std::size_t h = 0; h < V; ++h) w[h] = load_bytes(b + 32 * h);
  for (std::size_t r = 0; r < R; ++r) {
    const __m256i x = broadcast4(a + r * lda);
    for (std::size_t h = 0; h < V; ++h) {
      const __m256i pairs = _mm256_maddubs_epi16(x, w[h]);
      sums[r][h] = _mm256_add_epi32(sums[r][h], _mm256_madd_epi16(pairs, ones));
    }
  }
}

// sums += the couple of quads at b, whose pairs fit one int16 together.
template <std::size_t R, std::size_t V>
inline void u7_couple(const std::uint8_t* a, std::size_t lda, const std::int8_t* b,
                      const std::uint8_t* order, __m256i ones, __m256i (&sums)[R][V]) noexcept {
  const std::uint8_t* a0 = a + 4 * std::size_t{order[0]};
  const std::uint8_t* a1 = a + 4 * std::size_t{order[1]};
  __m256i w[2][V];
  for (std::size_t q = 0; q < 2; ++q) {
    for (std::size_t h = 0; h < V; ++h) w[q][h] = load_bytes(b + 32 * (q * V + h));
  }
  for (std::size_t r = 0; r < R; ++r) {
    const __m256i x0 = broadcast4(a0 + r * lda);
    const __m256i x1 = broadcast4(a1 + r * lda);
    for (std::size_t h = 0; h < V; ++h) {
      const __m256i first = _mm256_maddubs_epi16(x0, w[0][h]);
      const __m256i both = _mm256_add_epi16(first, _mm256_maddubs_epi16(x1, w[1][h]));
      sums[r][h] = _mm256_add_epi32(sums[r][h], _mm256_madd_epi16(both, ones));
    }
  }
}

// Bytes of B that a single row is ahead of itself: what hides the third-level cache.
constexpr std::size_t kRowAhead = 4096;

// Asks for the two cache lines at b, into the second-level cache.
inline void ask_for_couple(const std::int8_t* b) noexcept {
  _mm_prefetch(reinterpret_cast<const char*>(b), _MM_HINT_T1);
  _mm_prefetch(reinterpret_cast<const char*>(b + 64), _MM_HINT_T1);
}

// Rows by a block of 8 V columns. B comes from afar once for all rows: the first four ask for the
// next block while they multiply this one (32 x 4096 x 4096: a tenth of the time), a single row for
// what it needs soon. Two or three rows, which load and multiply all the time, lose by asking.
template <std::size_t V>
struct U7Tile {
  Int8Block block;
  const std::uint8_t* a;
  std::size_t lda;
  std::int32_t* c;
  std::size_t ldc;

  template <std::size_t R>
  void run(std::size_t row) const noexcept {
    if (V == 2 && (R == 1 || R == 4) && row == 0) {
      multiply<R, true>(row);
    } else {
      multiply<R, false>(row);
    }
  }

  template <std::size_t R, bool kAsk>
  void multiply(std::size_t row) const noexcept {
    const __m256i ones = _mm256_set1_epi16(1);
    const std::uint8_t* x = a + row * lda + block.k;
    std::int32_t* y = c + row * ldc + block.column;
    const std::int8_t* ahead = R == 1 ? block.b + kRowAhead : block.next;
    __m256i sums[R][V];
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t h = 0; h < V; ++h) {
        sums[r][h] = block.first ? _mm256_setzero_si256() : load_bytes(y + r * ldc + 8 * h);
      }
    }
    std::size_t q = 0;
    for (; q < 2 * block.n_couples; q += 2) {
      if constexpr (kAsk) ask_for_couple(ahead + 32 * V * q);
      u7_couple<R, V>(x, lda, block.b + 32 * V * q, block.order + q, ones, sums);
    }
    for (; q < block.n_quads; ++q) {
      if (kAsk && q % 2 == 0) ask_for_couple(ahead + 32 * V * q);
      u7_quad<R, V>(x, lda, block.b + 32 * V * q, block.order + q, ones, sums);
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t h = 0; h < V; ++h) store_sums(y + r * ldc + 8 * h, sums[r][h]);
    }
  }
};

inline void avx2_gemm_u7s8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  for_int8_blocks(b, m, [&](const Int8Block& block) {
    if (block.half) {
      for_int8_rows<8>(0, m, U7Tile<1>{block, a, lda, c, ldc});
    } else {
      for_int8_rows<4>(0, m, U7Tile<2>{block, a, lda, c, ldc});
    }
  });
}

// Rows of A widened at a time: with 4 sums of 4 columns for each, they fill the registers.
constexpr std::size_t kWideRows = 3;
constexpr std::size_t kBlockDepth = 4 * kBlockQuads;

struct WideRows {
  std::int16_t values[kWideRows][kBlockDepth];
};

// K is a multiple of 8.
inline void widen_row(const std::uint8_t* a, std::size_t k, std::int16_t* wide) noexcept {
  for (std::size_t l = 0; l < k; l += 8) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(a + l));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(wide + l), _mm_cvtepu8_epi16(bytes));
  }
}

inline __m256i broadcast8(const std::int16_t* x) noexcept {
  long long bits;
  __builtin_memcpy(&bits, x, sizeof bits);
  return _mm256_set1_epi64x(bits);
}

// R widened rows by a block of 4 G columns.
template <std::size_t R, std::size_t G>
inline void u8_tile(const WideRows& a, const Int8Block& block, std::int32_t* c,
                    std::size_t ldc) noexcept {
  __m256i sums[R][G];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t g = 0; g < G; ++g) sums[r][g] = _mm256_setzero_si256();
  }
  for (std::size_t quad = 0; quad < block.n_quads; ++quad) {
    __m256i x[R];
    for (std::size_t r = 0; r < R; ++r)
      x[r] = broadcast8(a.values[r] + 4 * std::size_t{block.order[quad]});
    for (std::size_t g = 0; g < G; ++g) {
      const auto* columns = reinterpret_cast<const __m128i*>(block.b + 16 * (quad * G + g));
      const __m256i w = _mm256_cvtepi8_epi16(_mm_loadu_si128(columns));
      for (std::size_t r = 0; r < R; ++r) {
        sums[r][g] = _mm256_add_epi32(sums[r][g], _mm256_madd_epi16(x[r], w));
      }
    }
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t g = 0; g < G; g += 2) {
      // Adjacent sums belong to one column; hadd works within 128-bit halves, hence the
      // permutation.
      __m256i pairs = _mm256_hadd_epi32(sums[r][g], sums[r][g + 1]);
      pairs = _mm256_permute4x64_epi64(pairs, 0xD8);
      std::int32_t* y = c + r * ldc + block.column + 4 * g;
      store_sums(y, block.first ? pairs : _mm256_add_epi32(pairs, load_bytes(y)));
    }
  }
}

// R rows by all panels, over one block of k.
template <std::size_t R>
inline void u8_rows(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t l,
                    std::int32_t* c, std::size_t ldc) noexcept {
  WideRows wide;
  for (std::size_t p = 0; p < b.n_panels; ++p) {
    const Int8Block block = int8_block(b, p, l);
    for (std::size_t r = 0; p == 0 && r < R; ++r) {
      widen_row(a + r * lda + block.k, 4 * block.n_quads, wide.values[r]);
    }
    if (block.half) {
      u8_tile<R, 2>(wide, block, c, ldc);
    } else {
      u8_tile<R, 4>(wide, block, c, ldc);
    }
  }
}

inline void avx2_gemm_u8s8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  for (std::size_t l = 0; l < int8_block_count(b); ++l) {
    std::size_t i = 0;
    for (; i + kWideRows <= m; i += kWideRows) {
      u8_rows<kWideRows>(a + i * lda, lda, b, l, c + i * ldc, ldc);
    }
    for (; i < m; ++i) u8_rows<1>(a + i * lda, lda, b, l, c + i * ldc, ldc);
  }
}
