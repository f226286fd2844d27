// The objective at the weights of a problem in double, whatever the type of X: what the last line
// of a fit compares with the zero model.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "core/parallel.hpp"
#include "linalg/row_ops.hpp"
#include "linalg/row_visits.hpp"
#include "linear/problem.hpp"

namespace slimline {

template <class T>
double exact_penalty(const SgdProblem<T>& problem, const T* w) {
  double l1 = 0;
  double l2 = 0;
  for (std::size_t j = 0; j < problem.n_features(); ++j) {
    const double value = static_cast<double>(w[j]);
    l1 += std::abs(value);
    l2 += value * value;
  }
  return problem.penalty.l1 * l1 + problem.penalty.l2 / 2 * l2;
}

// For every output; with "multinomial" the whole loss of a row is with its own class. Sums run over
// fixed chunks of rows, which are read once for all outputs.
template <class T, class Rows>
std::vector<double> exact_objectives(const Rows& X, const SgdProblem<T>& problem,
                                     MatrixView<const T> coef, std::span<const double> intercept) {
  constexpr std::size_t kChunks = 16;
  constexpr std::size_t kBlock = SgdProblem<T>::kLossRows;
  const std::size_t n_outputs = coef.rows();
  const std::size_t d = coef.cols();
  const std::size_t n = problem.n_rows();
  Matrix<double> weights(n_outputs, d);
  for (std::size_t c = 0; c < n_outputs; ++c) {
    std::transform(coef.row(c), coef.row(c) + d, weights.row(c),
                   [](T w) { return static_cast<double>(w); });
  }
  std::vector<std::vector<double>> sums(kChunks, std::vector<double>(n_outputs));
  parallel_for(n, chunk_count(n, kChunks), problem.options.n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 Matrix<double> scores(n_outputs, kBlock);
                 std::array<std::size_t, kBlock> rows;
                 for (std::size_t first = begin; first < end; first += kBlock) {
                   const std::size_t size = std::min(kBlock, end - first);
                   for (std::size_t k = 0; k < size; ++k) rows[k] = problem.row(first + k);
                   const auto block = std::span<const std::size_t>(rows).first(size);
                   for (std::size_t c = 0; c < n_outputs; ++c) {
                     products(X.view(), block, weights.row(c), scores.row(c));
                     for (std::size_t k = 0; k < size; ++k) scores(c, k) += intercept[c];
                   }
                   problem.add_losses(block, scores.view(), sums[chunk]);
                 }
               });
  std::vector<double> result(n_outputs);
  for (std::size_t c = 0; c < n_outputs; ++c) {
    for (const auto& sum : sums) result[c] += sum[c] / static_cast<double>(n);
    result[c] += exact_penalty(problem, coef.row(c));
  }
  return result;
}

}  // namespace slimline
