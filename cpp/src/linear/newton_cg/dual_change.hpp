// A proof of how close a point is to the optimum of a smooth loss. The gradients a_i of the rows'
// losses in their scores p_i are dual variables. At the gradients of a point W, the duality gap is
// the conjugate of the penalty at the gradient of the objective: |gradient|^2 / (2 l2) with an l2
// norm. At other dual variables a_i' the gap is
//
//   (1/n) sum_i s_i (loss*(a_i') - loss*(a_i) - p_i (a_i' - a_i)) + charge(gradient + change),
//   change = (1/n) sum_i s_i (a_i' - a_i) (x_i, 1)
//
// The solution of a Newton system predicts a_i' for which the second term is close to zero. The
// proof is valid however inexactly the system is solved; a better solution makes the gap smaller.
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

// The conjugate of the penalty. The intercept, and without an l2 norm every weight, has no penalty,
// and its conjugate is infinite unless the gradient is zero. For these the charge is |gradient|
// times a bound: kFar times the largest contribution of a column to the scores, or the size of the
// targets. The gap then holds for all models within that bound.
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

  // For group g, at the gradient that remains with the dual variables that the system
  // H step = -gradient - residual predicts: residual + l2 step, since H contains the l2 norm, which
  // dual variables do not change.
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

// Moves the dual variables of the rows of `passes`, one of every `ratio` rows of the problem, to
// a_i + ratio (second derivative) (score along the step), projected to the domain of loss*. Adds
// the `change` that results to `residual`, and returns for every output the first term of the gap.
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
