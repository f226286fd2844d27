// A gradient over dense or sparse rows, four at a time: the products of the rows with the weights,
// the gradients of the losses at these, and the sum of the rows times these gradients.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/prefetch.hpp"
#include "linalg/row_visits.hpp"
#include "linalg/rows.hpp"

namespace slimline {

// Adds slope(i, r) x_i to row r of `gradient` for the rows i = row_of(k) of X, k in [begin, end).
// take_slopes(rows, at) gets at most kRows of them and turns at(j, r), the product of rows[j] with
// row r of W, into the slope.
template <std::size_t kRows, class T, class Rows, class RowOf, class TakeSlopes>
void add_four_row_sums(const Rows& X, MatrixView<const T> W, std::size_t begin, std::size_t end,
                       const RowOf& row_of, const TakeSlopes& take_slopes, MatrixView<T> gradient) {
  const std::size_t n_outputs = W.rows();
  std::array<std::size_t, kRows> rows;
  std::vector<T> products(
      checked_product(kRows, n_outputs));  // [four][output][row], then the slopes
  const auto at = [&](std::size_t j, std::size_t r) -> T& {
    return products[j / 4 * 4 * n_outputs + 4 * r + j % 4];
  };
  const auto four = [&](std::size_t j) {
    return FourRows{rows[j], rows[j + 1], rows[j + 2], rows[j + 3]};
  };
  visit_blocks<kRows>(begin, end, [&](std::span<const std::size_t> block) {
    const std::size_t n = block.size();
    // Where the last four are fewer, the last row again, whose slopes are 0.
    for (std::size_t j = 0; j < kRows; ++j) rows[j] = row_of(block[std::min(j, n - 1)]);
    for (std::size_t j = 0; j < n; j += 4) {
      for (std::size_t q = j; q < std::min(j + 4, n); ++q) {
        X.prefetch(row_of(std::min(block[q] + kRowsAhead / 4, end - 1)));
      }
      X.dot4(four(j), W, &at(j, 0));
    }
    take_slopes(std::span<const std::size_t>(rows).first(n), at);
    for (std::size_t j = 0; j < n; j += 4) {
      for (std::size_t r = 0; r < n_outputs; ++r) {
        for (std::size_t q = n - j; q < 4; ++q) at(j + q, r) = 0;
        X.axpy4(four(j), &at(j, r), gradient.row(r));
      }
    }
  });
}

}  // namespace slimline
