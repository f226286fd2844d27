// Integer products with NEON. Two products u7 * s8 fit an int16, at most 2 * 127 * 127 = 32,258:
// one of each quad of a pair is added there, before pairs of int16 are added to int32. The full-u8
// form is the generic one. Included by isa/neon.cpp inside its unnamed namespace.

// Four bytes of A for each of four columns.
inline int8x16_t neon_broadcast4(const std::uint8_t* a) noexcept {
  std::uint32_t bits;
  __builtin_memcpy(&bits, a, sizeof bits);
  return vreinterpretq_s8_u32(vdupq_n_u32(bits));
}

// Rows by a block of 4 G columns.
template <std::size_t G>
struct NeonTile {
  Int8Block block;
  const std::uint8_t* a;
  std::size_t lda;
  std::int32_t* c;
  std::size_t ldc;

  template <std::size_t R>
  void run(std::size_t row) const noexcept {
    const std::uint8_t* x = a + row * lda + block.k;
    int32x4_t low[R][G];  // two sums per column: of k, k + 1 and of k + 2, k + 3
    int32x4_t high[R][G];
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t g = 0; g < G; ++g) low[r][g] = high[r][g] = vdupq_n_s32(0);
    }
    for (std::size_t pair = 0; pair < block.n_quads / 2; ++pair) {
      const std::int8_t* w = block.b + 32 * G * pair;
      const std::uint8_t* a0 = x + 4 * std::size_t{block.order[2 * pair]};
      const std::uint8_t* a1 = x + 4 * std::size_t{block.order[2 * pair + 1]};
      for (std::size_t r = 0; r < R; ++r) {
        const int8x16_t x0 = neon_broadcast4(a0 + r * lda);
        const int8x16_t x1 = neon_broadcast4(a1 + r * lda);
        for (std::size_t g = 0; g < G; ++g) {
          const int8x16_t w0 = vld1q_s8(w + 16 * g);
          const int8x16_t w1 = vld1q_s8(w + 16 * (G + g));
          const int16x8_t first = vmull_s8(vget_low_s8(x0), vget_low_s8(w0));
          const int16x8_t second = vmull_s8(vget_high_s8(x0), vget_high_s8(w0));
          low[r][g] = vpadalq_s16(low[r][g], vmlal_s8(first, vget_low_s8(x1), vget_low_s8(w1)));
          high[r][g] =
              vpadalq_s16(high[r][g], vmlal_s8(second, vget_high_s8(x1), vget_high_s8(w1)));
        }
      }
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t g = 0; g < G; ++g) {
        std::int32_t* y = c + (row + r) * ldc + block.column + 4 * g;
        const int32x4_t sums = vpaddq_s32(low[r][g], high[r][g]);
        vst1q_s32(y, block.first ? sums : vaddq_s32(sums, vld1q_s32(y)));
      }
    }
  }
};

inline void neon_gemm_u7s8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  for_int8_blocks(b, m, [&](const Int8Block& block) {
    if (block.half) {
      for_int8_rows<4>(0, m, NeonTile<2>{block, a, lda, c, ldc});
    } else {
      for_int8_rows<2>(0, m, NeonTile<4>{block, a, lda, c, ldc});
    }
  });
}
