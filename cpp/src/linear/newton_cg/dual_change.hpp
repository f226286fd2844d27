// What proves how near a point is to the optimum of a smooth loss, from the slopes of the rows'
// losses: they are dual variables. At the slopes a_i of a point W the duality gap is what the
// penalty's conjugate charges for the gradient of the objective, with l2 |gradient|^2 / (2 l2).
// Other slopes a_i' bring the gap
//
//   (1/n) sum_i s_i (loss*(a_i') - loss*(a_i) - p_i (a_i' - a_i)) + charge(gradient + change),
//   change = (1/n) sum_i s_i (a_i' - a_i) (x_i, 1)
//
// where a Newton system foresees slopes for which the second term is next to nothing. Nothing
// depends on how well it is solved but the size of the gap.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/parallel.hpp"
#include "linear/newton_cg/conjugate_gradients.hpp"
#include "linear/newton_cg/passes.hpp"
#include "linear/problem.hpp"

namespace slimline {

// The conjugate of the penalty. The intercept, which has none, and without l2 every weight are
// charged as far as kFar times the largest contribution of a column to the scores, or the size of
// the targets: the gap then holds for models of weights up to that.
template <class T>
class PenaltyCharge {
 public:
  using Direction = NewtonDirection<T>;

  // sizes: the root of the mean square of every column
  PenaltyCharge(const SgdProblem<T>& problem, std::span<const double> sizes)
      : problem_(problem), groups_(problem), sizes_(sizes) {
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      const T* w = problem.weights.coef.row(c);
      double largest = problem.zero[c].unit;
      for (std::size_t j = 0; j < sizes.size(); ++j) {
        largest = std::max(largest, std::abs(static_cast<double>(w[j])) * sizes[j]);
      }
      far_.push_back(kFar * largest);
      far_intercept_.push_back(kFar * (largest + std::abs(problem.weights.intercept[c])));
    }
  }

  // For every group, of a residual.
  std::vector<double> of(const Direction& residual) const {
    return groups_.sums(
        [&](std::size_t c) { return of_output(c, residual.coef.row(c), residual.intercept[c]); });
  }

  // For group g, of what slopes foreseen by H step = -gradient - residual leave of the gradient: H
  // has the l2 norm as well, which slopes do not change.
  double of_step(std::size_t g, const Direction& step, const Direction& residual) const {
    double sum = 0;
    std::vector<double> left(sizes_.size());
    for (std::size_t c = groups_.first(g); c < groups_.last(g); ++c) {
      for (std::size_t j = 0; j < left.size(); ++j) {
        left[j] = residual.coef(c, j) + problem_.penalty.l2 * step.coef(c, j);
      }
      sum += of_output(c, left.data(), residual.intercept[c]);
    }
    return sum;
  }

 private:
  static constexpr double kFar = 10;

  double of_output(std::size_t c, const double* residual, double intercept) const {
    const double l2 = problem_.penalty.l2;
    double sum = problem_.options.fit_intercept ? far_intercept_[c] * std::abs(intercept) : 0;
    double squares = 0;
    double far = 0;
    for (std::size_t j = 0; j < sizes_.size(); ++j) {
      squares += residual[j] * residual[j];
      if (residual[j] != 0) far += std::abs(residual[j]) / sizes_[j];
    }
    far *= far_[c];
    return sum + (l2 > 0 ? std::min(squares / (2 * l2), far) : far);
  }

  const SgdProblem<T>& problem_;
  OutputGroups<T> groups_;
  std::span<const double> sizes_;
  std::vector<double> far_;
  std::vector<double> far_intercept_;
};

// Slopes a_i + ratio (second derivative) (score along the step), as near as slopes of the loss
// come, for the rows of `passes`, one of every `ratio` rows of the problem. Adds (1/n) sum of their
// changes to `residual`, and returns for every output the first term of the gap.
template <class T, class Rows>
std::vector<double> change_dual(NewtonPasses<T, Rows>& passes, const SgdProblem<T>& problem,
                                double ratio, NewtonDirection<T>& residual) {
  const std::size_t n = problem.n_rows();
  const std::size_t n_outputs = problem.n_outputs();
  Matrix<double> changes(n, n_outputs);
  constexpr std::size_t kChunks = 16;
  std::vector<std::vector<double>> sums(kChunks, std::vector<double>(n_outputs));
  const double share = 1 / (ratio * static_cast<double>(n));
  parallel_for(n, chunk_count(n, kChunks), problem.options.n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 for (std::size_t k = begin; k < end; ++k) {
                   passes.change_slopes(k, ratio, changes.row(k), sums[chunk].data());
                   for (std::size_t c = 0; c < n_outputs; ++c) changes(k, c) /= ratio;
                 }
               });
  NewtonDirection<T> change(n_outputs, problem.n_features());
  passes.transposed(
      change, [&](std::size_t k, double* out) { std::copy_n(changes.row(k), n_outputs, out); });
  std::vector<double> result(n_outputs);
  for (std::size_t c = 0; c < n_outputs; ++c) {
    for (const auto& sum : sums) result[c] += share * sum[c];
    for (std::size_t j = 0; j < problem.n_features(); ++j) residual.coef(c, j) += change.coef(c, j);
    residual.intercept[c] += change.intercept[c];
  }
  return result;
}

}  // namespace slimline
