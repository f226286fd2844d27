#include "svm/zero_model.hpp"

#include <algorithm>
#include <vector>

#include "linalg/lane_sum.hpp"
#include "svm/best_intercept.hpp"
#include "svm/certificate.hpp"

namespace slimline {
namespace {

// What residuals of one sign cost: of a class, since rows of classes have one bound.
double cost_of(const SvmTask& task, bool positive) {
  const std::vector<double>& bounds = positive ? task.upper : task.lower;
  return lane_sum(task.size(), [&](std::size_t k) {
    if (bounds[k] == 0) return 0.0;
    return task.ridge[k] > 0 ? 1 / (2 * task.ridge[k]) : std::abs(bounds[k]);
  });
}

// Targets -1 and 1, each with a loss on one side: the sums of the costs say it all.
void find_of_classes(SvmTask& task) {
  const bool squared = task.ridge.front() > 0;
  const double positive = cost_of(task, true);
  const double negative = cost_of(task, false);
  const double sum = positive + negative;
  if (!task.fit_intercept) {
    task.zero_objective = sum;
  } else if (squared) {
    task.zero_intercept = (positive - negative) / sum;
    task.zero_objective = 4 * positive * (negative / sum);
  } else {
    task.zero_intercept = positive > negative ? 1 : positive < negative ? -1 : 0;
    task.zero_objective = 2 * std::min(positive, negative);
  }
}

}  // namespace

void find_zero_model(SvmTask& task) {
  task.zero_intercept = 0;
  task.zero_objective = 0;
  if (task.size() == 0) return;
  if (task.lower.front() == 0 || task.upper.front() == 0) {
    find_of_classes(task);
    return;
  }
  const auto [least, most] = std::ranges::minmax(task.target);
  if (task.fit_intercept && most - least <= 2 * task.epsilon) {
    task.zero_intercept = least + (most - least) / 2;  // and nothing is left, to the last digit
    return;
  }
  const std::vector<double> f(task.size());
  if (task.fit_intercept) task.zero_intercept = best_intercept(task, f);
  task.zero_objective = primal_objective(task, f, task.zero_intercept, 0);
}

}  // namespace slimline
