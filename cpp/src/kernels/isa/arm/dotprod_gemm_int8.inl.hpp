// Integer products with sdot, which adds four products s8 * s8 to an int32: u7 is s8 too. Full u8
// is shifted into s8, a - 128, and 128 times the sum of the weights, by sdot as well, added again.
// Included by isa/dotprod.cpp inside its unnamed namespace.

// Rows by a block of 4 G columns. kShift: entries of A go up to 255.
template <std::size_t G, bool kShift>
struct DotTile {
  Int8Block block;
  const std::uint8_t* a;
  std::size_t lda;
  std::int32_t* c;
  std::size_t ldc;

  template <std::size_t R>
  void run(std::size_t row) const noexcept {
    const std::uint8_t* x = a + row * lda + block.k;
    int32x4_t sums[R][G];
    int32x4_t weights[G];
    for (std::size_t g = 0; g < G; ++g) {
      weights[g] = vdupq_n_s32(0);
      for (std::size_t r = 0; r < R; ++r) sums[r][g] = vdupq_n_s32(0);
    }
    for (std::size_t quad = 0; quad < block.n_quads; ++quad) {
      const std::size_t k = 4 * std::size_t{block.order[quad]};
      int8x16_t w[G];
      for (std::size_t g = 0; g < G; ++g) {
        w[g] = vld1q_s8(block.b + 16 * (quad * G + g));
        if constexpr (kShift) weights[g] = vdotq_s32(weights[g], w[g], vdupq_n_s8(1));
      }
      for (std::size_t r = 0; r < R; ++r) {
        int8x16_t bytes = neon_broadcast4(x + r * lda + k);
        if constexpr (kShift) bytes = veorq_s8(bytes, vdupq_n_s8(-128));
        for (std::size_t g = 0; g < G; ++g) sums[r][g] = vdotq_s32(sums[r][g], w[g], bytes);
      }
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t g = 0; g < G; ++g) {
        std::int32_t* y = c + (row + r) * ldc + block.column + 4 * g;
        int32x4_t sum = sums[r][g];
        if constexpr (kShift) sum = vaddq_s32(sum, vshlq_n_s32(weights[g], 7));
        vst1q_s32(y, block.first ? sum : vaddq_s32(sum, vld1q_s32(y)));
      }
    }
  }
};

template <bool kShift>
inline void dotprod_gemm_int8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                              std::int32_t* c, std::size_t ldc) noexcept {
  for_int8_blocks(b, m, [&](const Int8Block& block) {
    if (block.half) {
      for_int8_rows<8>(0, m, DotTile<2, kShift>{block, a, lda, c, ldc});
    } else {
      for_int8_rows<4>(0, m, DotTile<4, kShift>{block, a, lda, c, ldc});
    }
  });
}
