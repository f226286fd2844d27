// The walk over a product of integers that every instruction set shares: blocks of 1,024 k, whose
// part of a panel (16 KB) stays in the first-level cache while all rows meet it. Included by
// kernels/isa/*.cpp inside their unnamed namespace.

constexpr std::size_t kQuadBytes = kPanel * 4;

// A block of one panel, and where it lies in the product.
struct Int8Block {
  const std::int8_t* b;
  const std::uint8_t* pairs;
  std::size_t n_pairs;
  std::size_t n_proven;
  std::size_t k;       // of its first quad, in A
  std::size_t column;  // its first, in C
  bool half;           // 8 columns and not 16
  bool first;          // sums begin at 0, else they go on from C
};

inline std::size_t int8_block_count(Int8Panels b) noexcept {
  const std::size_t n_pairs = b.quads / 2;
  return n_pairs == 0 ? 1 : (n_pairs + kBlockPairs - 1) / kBlockPairs;
}

inline Int8Block int8_block(Int8Panels b, std::size_t panel, std::size_t block) noexcept {
  const std::size_t n_pairs = b.quads / 2;
  const std::size_t begin = block * kBlockPairs;
  const std::size_t left = n_pairs - begin;
  const bool half = b.half_last && panel + 1 == b.n_panels;
  const std::size_t pair_bytes = 2 * (half ? kQuadBytes / 2 : kQuadBytes);
  const std::size_t proven = n_pairs == 0 ? 0U : b.proven[panel * int8_block_count(b) + block];
  return {.b = b.b + panel * n_pairs * 2 * kQuadBytes + begin * pair_bytes,
          .pairs = b.pairs + panel * n_pairs + begin,
          .n_pairs = left < kBlockPairs ? left : kBlockPairs,
          .n_proven = proven,
          .k = 8 * begin,
          .column = panel * kPanel,
          .half = half,
          .first = block == 0};
}

// Calls multiply(block) for every block of every panel: panel by panel where few rows read B once,
// from end to end; else block by block, so that these columns of A stay in the second-level cache.
template <class Multiply>
inline void for_int8_blocks(Int8Panels b, std::size_t m, const Multiply& multiply) noexcept {
  const std::size_t n_blocks = int8_block_count(b);
  if (m < 4) {
    for (std::size_t p = 0; p < b.n_panels; ++p) {
      for (std::size_t l = 0; l < n_blocks; ++l) multiply(int8_block(b, p, l));
    }
    return;
  }
  for (std::size_t l = 0; l < n_blocks; ++l) {
    for (std::size_t p = 0; p < b.n_panels; ++p) multiply(int8_block(b, p, l));
  }
}

// R rows by one block for as many rows as there are: tile.run<R>(i) for rows i..i+R-1.
template <std::size_t R, class Tile>
inline void for_int8_rows(std::size_t begin, std::size_t m, const Tile& tile) noexcept {
  for (; begin + R <= m; begin += R) tile.template run<R>(begin);
  if constexpr (R > 1) {
    if (begin < m) for_int8_rows<R / 2>(begin, m, tile);
  }
}
