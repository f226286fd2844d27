// The loops over a product of integers, shared by all instruction sets: blocks of 1,024 k, whose
// part of a panel (16 KB) stays in the first-level cache while all rows are multiplied by it.
// Included by kernels/isa/**.cpp inside their unnamed namespace.

constexpr std::size_t kQuadBytes = kPanel * 4;

// A block of one panel, and where it lies in the product.
struct Int8Block {
  const std::int8_t* b;
  const std::int8_t* next;  // the block to be multiplied after this one; itself at the end
  const std::uint8_t* order;
  std::size_t n_quads;
  std::size_t n_couples;
  std::size_t k;       // of its first quad, in A
  std::size_t column;  // its first, in C
  bool half;           // 8 columns and not 16
  bool first;          // sums begin at 0, else they go on from C
};

inline std::size_t int8_block_count(Int8Panels b) noexcept {
  return b.quads == 0 ? 1 : (b.quads + kBlockQuads - 1) / kBlockQuads;
}

inline Int8Block int8_block(Int8Panels b, std::size_t panel, std::size_t block) noexcept {
  const std::size_t begin = block * kBlockQuads;
  const std::size_t left = b.quads - begin;
  const bool half = b.half_last && panel + 1 == b.n_panels;
  const std::size_t quad_bytes = half ? kQuadBytes / 2 : kQuadBytes;
  const std::size_t couples = b.quads == 0 ? 0U : b.couples[panel * int8_block_count(b) + block];
  const std::int8_t* data = b.b + panel * b.quads * kQuadBytes + begin * quad_bytes;
  return {.b = data,
          .next = data,
          .order = b.order + panel * b.quads + begin,
          .n_quads = left < kBlockQuads ? left : kBlockQuads,
          .n_couples = couples,
          .k = 4 * begin,
          .column = panel * kPanel,
          .half = half,
          .first = block == 0};
}

// Bytes of A that stay in the second-level cache beside what streams through it.
constexpr std::size_t kCachedRows = std::size_t{1} << 18U;

// Calls multiply(block) for every block of every panel: panel by panel where A stays in the cache,
// so that B is read from end to end and sums stay near; else block by block, so that these columns
// of A stay there. Few rows read B once whatever the order.
template <class Multiply>
inline void for_int8_blocks(Int8Panels b, std::size_t m, const Multiply& multiply) noexcept {
  const std::size_t n_blocks = int8_block_count(b);
  const bool by_panel = m < 4 || m * b.quads * 4 <= kCachedRows;
  const std::size_t outer = by_panel ? b.n_panels : n_blocks;
  const std::size_t inner = by_panel ? n_blocks : b.n_panels;
  const auto block_at = [&](std::size_t o, std::size_t i) {
    return by_panel ? int8_block(b, o, i) : int8_block(b, i, o);
  };
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < inner; ++i) {
      Int8Block block = block_at(o, i);
      if (i + 1 < inner) {
        block.next = block_at(o, i + 1).b;
      } else if (o + 1 < outer) {
        block.next = block_at(o + 1, 0).b;
      }
      multiply(block);
    }
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
