// Weighted moments of the columns over the rows to train on, in fixed chunks of rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "linalg/row_visits.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"

namespace slimline {

// sum s x^2 of every column, s the weight of a row for the first output, and sum (s x^2)^2.
struct ColumnMoments {
  std::vector<double> sums;
  std::vector<double> squares;
  double weight = 0;  // sum s
};

// sums and squares become those of a block of rows, in T; returns their weight.
template <class T, class Rows>
double take_block_moments(const Rows& X, const SgdProblem<T>& problem,
                          std::span<const std::size_t> block, std::span<T> sums,
                          std::span<T> squares) {
  std::fill(sums.begin(), sums.end(), T{0});
  std::fill(squares.begin(), squares.end(), T{0});
  double total = 0;
  for (std::size_t k = 0; k < block.size(); k += 4) {
    FourRows i;
    std::array<T, 4> s{};  // 0 for rows that are there again, where the last four are fewer
    for (std::size_t r = 0; r < 4; ++r) {
      i[r] = problem.row(block[std::min(k + r, block.size() - 1)]);
      if (k + r >= block.size()) continue;
      const double weight = problem.label(i[r], 0).weight;
      s[r] = static_cast<T>(weight);
      total += weight;
    }
    X.add_moments4(i, s.data(), sums.data(), squares.data());
  }
  return total;
}

template <class T, class Rows>
ColumnMoments column_moments(const Rows& X, const SgdProblem<T>& problem) {
  constexpr std::size_t kChunks = 16;
  constexpr std::size_t kBlockRows = 64;  // whose sums are of type T
  const std::size_t d = problem.n_features();
  const ColumnMoments none{std::vector<double>(d), std::vector<double>(d)};
  std::vector<ColumnMoments> parts(kChunks, none);
  parallel_for(problem.n_rows(), chunk_count(problem.n_rows(), kChunks), problem.options.n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 ColumnMoments& part = parts[chunk];
                 std::vector<T> sums(d);
                 std::vector<T> squares(d);
                 visit_blocks<kBlockRows>(begin, end, [&](std::span<const std::size_t> block) {
                   part.weight += take_block_moments<T>(X, problem, block, sums, squares);
                   for (std::size_t j = 0; j < d; ++j) {
                     part.sums[j] += static_cast<double>(sums[j]);
                     part.squares[j] += static_cast<double>(squares[j]);
                   }
                 });
               });
  ColumnMoments result = none;
  for (const ColumnMoments& part : parts) {
    for (std::size_t j = 0; j < d; ++j) {
      result.sums[j] += part.sums[j];
      result.squares[j] += part.squares[j];
    }
    result.weight += part.weight;
  }
  return result;
}

}  // namespace slimline
