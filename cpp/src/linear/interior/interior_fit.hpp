// The last engine of schedule "auto": interior.hpp on a standardised copy of the rows, for each
// output separately, or for all of them with "multinomial". Targets of regressions are standardised
// as well. The given weights are overwritten; they are no starting point.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "linalg/standardised.hpp"
#include "linear/interior/interior.hpp"
#include "linear/problem.hpp"
#include "linear/relative_gap.hpp"
#include "linear/target_units.hpp"
#include "linear/zero_model.hpp"
#include "slimline/error.hpp"

namespace slimline {

template <class T, class Rows>
class SgdInterior {
 public:
  SgdInterior(const Rows& X, const SgdProblem<T>& problem)
      : problem_(problem), rows_(rows_that_count()), objectives_(problem.n_outputs()) {
    std::vector<double> weight;
    for (const std::size_t i : rows_) weight.push_back(problem.targets.sample_weight[i]);
    columns_ = standardise(X.view(), rows_, weight, problem.options.fit_intercept);
    cost_.resize(rows_.size());
    target_.resize(rows_.size());
  }

  SgdResult run() {
    SgdResult result;
    result.gap = 0;
    if (problem_.multinomial) {
      solve(0, problem_.n_outputs(), result);
    } else {
      for (std::size_t c = 0; c < problem_.n_outputs(); ++c) solve(c, 1, result);
    }
    result.updates =
        *std::max_element(result.n_iter.begin(), result.n_iter.end()) * problem_.n_rows();
    return result;
  }

 private:
  std::vector<std::size_t> rows_that_count() const {
    std::vector<std::size_t> rows;
    for (std::size_t k = 0; k < problem_.n_rows(); ++k) {
      const std::size_t i = problem_.row(k);
      if (problem_.targets.sample_weight[i] > 0) rows.push_back(i);
    }
    return rows;
  }

  // The n_outputs outputs from `first` on.
  void solve(std::size_t first, std::size_t n_outputs, SgdResult& result) {
    const double share = 1 / static_cast<double>(problem_.n_rows());
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      cost_[k] = share * problem_.weight(rows_[k], first);
      target_[k] =
          n_outputs > 1 ? problem_.targets.y(rows_[k], 0) : problem_.target(rows_[k], first);
    }
    units_ = TargetUnits{};
    if (problem_.targets.n_classes == 0 && takes_values(problem_.loss)) {
      units_ = target_units(problem_.loss, problem_.options.fit_intercept, cost_, target_);
      for (double& y : target_) y = (y - units_.shift) / units_.size;
    }
    const InteriorTask task = make_task(n_outputs);
    const InteriorOptions options{.tol = std::max(problem_.options.tol, kMinTol),
                                  .max_steps = problem_.options.max_iter,
                                  .n_threads = problem_.options.n_threads};
    const InteriorWatch watch = [&](MatrixView<const double> weights, double objective) {
      return tell(first, weights, objective);
    };
    const InteriorSolution solution = solve_interior(task, options, watch);
    publish(first, solution.weights.view());
    result.n_iter.insert(result.n_iter.end(), n_outputs, solution.steps);
    result.objective.push_back(units_.objective * solution.primal);
    result.gap = std::max(result.gap, relative_gap(solution.primal, solution.dual, task.zero));
  }

  InteriorTask make_task(std::size_t n_outputs) const {
    InteriorTask task{.rows = columns_.rows.view(),
                      .target = target_,
                      .cost = cost_,
                      .loss = problem_.loss,
                      .epsilon = problem_.options.epsilon / units_.size,
                      .n_outputs = n_outputs,
                      .l1 = {},
                      .l2 = {},
                      .fit_intercept = problem_.options.fit_intercept,
                      .intercept = std::vector<double>(n_outputs)};
    for (const double scale : columns_.scale) {
      const double unit = units_.size / scale;  // of a weight
      task.l1.push_back(problem_.penalty.l1 * unit / units_.objective);
      task.l2.push_back(problem_.penalty.l2 * unit * unit / units_.objective);
    }
    if (n_outputs > 1) {
      task.zero = softmax_zero_model(target_, cost_, task.fit_intercept, task.intercept);
    } else {
      const ZeroModel zero =
          zero_model(task.loss, task.epsilon, target_, cost_, task.fit_intercept);
      task.intercept[0] = zero.intercept;
      task.zero = zero.objective;
    }
    return task;
  }

  // Back from standardised columns and targets. The intercept makes up for what rounding the
  // weights moves all rows by.
  void publish(std::size_t first, MatrixView<const double> weights) const {
    const std::size_t d = problem_.n_features();
    for (std::size_t k = 0; k < weights.rows(); ++k) {
      T* w = problem_.weights.coef.row(first + k);
      double intercept = units_.shift + units_.size * weights(k, d);
      for (std::size_t j = 0; j < d; ++j) {
        w[j] = static_cast<T>(weights(k, j) * units_.size / columns_.scale[j]);
        intercept -= columns_.centre[j] * static_cast<double>(w[j]);
      }
      problem_.weights.intercept[first + k] = intercept;
    }
  }

  bool tell(std::size_t first, MatrixView<const double> weights, double objective) {
    if (!problem_.on_epoch) return false;
    publish(first, weights);
    const double each = units_.objective * objective / static_cast<double>(weights.rows());
    std::fill_n(objectives_.begin() + static_cast<std::ptrdiff_t>(first), weights.rows(), each);
    std::vector<double> told = objectives_;
    return problem_.on_epoch(++told_, told);
  }

  static constexpr double kMinTol = 1e-10;

  const SgdProblem<T>& problem_;
  std::vector<std::size_t> rows_;
  Standardised columns_;
  std::vector<double> cost_;    // of the output that is being solved, as all that follows
  std::vector<double> target_;  // in units of
  TargetUnits units_;
  std::vector<double> objectives_;
  std::size_t told_ = 0;
};

}  // namespace slimline
