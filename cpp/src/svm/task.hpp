// One box-constrained dual of svm.hpp: the rows of X that take part, with their data.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/svm.hpp"

namespace slimline {

// All vectors have one entry for each entry of `rows`, which are row numbers of X.
struct SvmTask {
  std::vector<std::size_t> rows;
  std::vector<double> target;  // z
  std::vector<double> lower;   // l <= 0
  std::vector<double> upper;   // u >= 0
  std::vector<double> ridge;   // r >= 0; > 0 exactly for the squared losses
  double epsilon = 0;
  bool fit_intercept = true;
  // Near the mean row, or empty, which stands for zeros. Where sum beta = 0, rows less any common
  // part are the same problem; engines take off this one wherever it would drown the rest.
  std::span<const double> centre;
  double zero_objective = 0;  // P0: the primal objective of w = 0 with the best intercept
  double zero_intercept = 0;  // that intercept

  std::size_t size() const { return rows.size(); }
};

inline bool is_squared(SvmLoss loss) {
  return loss == SvmLoss::squared_hinge || loss == SvmLoss::squared_epsilon_insensitive;
}

// The box and the ridge that `loss` gives a row; a row without cost takes no part.
inline void add_row(SvmTask& task, std::size_t row, double target, double cost, SvmLoss loss) {
  if (cost == 0) return;
  const bool squared = is_squared(loss);
  const bool both =
      loss == SvmLoss::epsilon_insensitive || loss == SvmLoss::squared_epsilon_insensitive;
  const double bound = squared ? std::numeric_limits<double>::infinity() : cost;
  task.rows.push_back(row);
  task.target.push_back(target);
  task.lower.push_back(both || target < 0 ? -bound : 0);
  task.upper.push_back(both || target > 0 ? bound : 0);
  task.ridge.push_back(squared ? 1 / (2 * cost) : 0);
}

// The start for another solver.
inline SvmStart end_of(const SvmTask& task, const SvmSolution& solution) {
  SvmStart start{.w = solution.w, .b = solution.b, .beta = std::vector<double>(task.size())};
  for (std::size_t k = 0, at = 0; at < solution.support.size(); ++k) {
    if (task.rows[k] == solution.support[at]) start.beta[k] = solution.beta[at++];
  }
  return start;
}

// The monitor of one problem: iterations so far and the relative gap; true: stop.
using SvmWatch = std::function<bool(std::size_t, double)>;

inline void poll(const SvmWatch& watch, std::size_t iterations, double gap) {
  if (watch && watch(iterations, gap)) throw Interrupted();
}

}  // namespace slimline
