#include "linear/interior/dual_charge.hpp"

#include <algorithm>
#include <cmath>

namespace slimline {
namespace {

constexpr double kFar = 1e3;  // how far the bound holds, in units of the largest weight found

double largest_weight(MatrixView<const double> weights) {
  double largest = 1;
  for (std::size_t k = 0; k < weights.rows(); ++k) {
    for (std::size_t j = 0; j < weights.cols(); ++j) {
      largest = std::max(largest, std::abs(weights(k, j)));
    }
  }
  return largest;
}

}  // namespace

double penalty_conjugate(const InteriorTask& task, double factor, MatrixView<const double> sums,
                         MatrixView<const double> found) {
  const std::size_t d = task.rows.cols();
  const double reach = kFar * largest_weight(found);
  double charge = 0;
  for (std::size_t k = 0; k < sums.rows(); ++k) {
    for (std::size_t j = 0; j < d; ++j) {
      const double over = std::max(0.0, std::abs(factor * sums(k, j)) - task.l1[j]);
      const double far = reach * over;
      charge += task.l2[j] > 0 ? std::min(far, over * over / (2 * task.l2[j])) : far;
    }
    if (task.fit_intercept) charge += reach * std::abs(factor * sums(k, d));
  }
  return charge;
}

double feasible_factor(const InteriorTask& task, MatrixView<const double> sums) {
  double most = 1;
  for (std::size_t k = 0; k < sums.rows(); ++k) {
    for (std::size_t j = 0; j < task.rows.cols(); ++j) {
      if (task.l1[j] > 0) most = std::max(most, std::abs(sums(k, j)) / task.l1[j]);
    }
  }
  return 1 / most;
}

}  // namespace slimline
