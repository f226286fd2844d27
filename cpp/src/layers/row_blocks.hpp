// The division of a batch in sparse layers: kSparseRows rows at once while that many or nearly that
// many are left, the rest one by one.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/table.hpp"

namespace slimline {

// From this many rows on a block that is not full is still faster than single rows.
inline constexpr std::size_t kFewestRows = 4;

// Calls block(begin, end) for up to kSparseRows rows, row(i) for single ones.
template <class Block, class Row>
void for_row_blocks(std::size_t n_rows, const Block& block, const Row& row) {
  std::size_t i = 0;
  while (i + kFewestRows <= n_rows) {
    const std::size_t end = std::min(n_rows, i + kernels::kSparseRows);
    block(i, end);
    i = end;
  }
  for (; i < n_rows; ++i) row(i);
}

}  // namespace slimline
