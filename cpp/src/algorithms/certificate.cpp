#include "algorithms/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/svm_rows.hpp"

namespace slimline {
namespace {

// The intercept enters row k through s = z - f - b: the loss grows where s > eps and u > 0, and
// where s < -eps and l < 0. So each row has up to two breakpoints in b; at each, as b grows, the
// derivative of the objective changes by `weight` (linear losses) or starts or stops to change at
// the rate `weight` (squared ones).
struct Breakpoint {
  double b;
  double weight;
  bool upper;  // the loss of this breakpoint is active to its left
};

std::vector<Breakpoint> breakpoints(const SvmTask& task, std::span<const double> f) {
  std::vector<Breakpoint> points;
  points.reserve(2 * task.size());
  for (std::size_t k = 0; k < task.size(); ++k) {
    const double s = task.target[k] - f[k];
    const double r = task.ridge[k];
    if (task.upper[k] > 0)
      points.push_back({s - task.epsilon, r > 0 ? 1 / r : task.upper[k], true});
    if (task.lower[k] < 0) {
      points.push_back({s + task.epsilon, r > 0 ? 1 / r : -task.lower[k], false});
    }
  }
  std::sort(points.begin(), points.end(), [](const Breakpoint& a, const Breakpoint& b) {
    return std::pair(a.b, a.upper) < std::pair(b.b, b.upper);
  });
  return points;
}

// The slope starts at -(weights active at minus infinity) and grows at every breakpoint.
double piecewise_linear_minimum(const std::vector<Breakpoint>& points) {
  double slope = 0;
  double total = 0;
  for (const Breakpoint& p : points) {
    total += p.weight;
    if (p.upper) slope -= p.weight;
  }
  const double flat = 1e-12 * total;  // sums of equal weights in another order differ by rounding
  for (std::size_t k = 0; k < points.size(); ++k) {
    slope += points[k].weight;
    if (slope > flat) return points[k].b;
    if (slope >= -flat && k + 1 < points.size()) return (points[k].b + points[k + 1].b) / 2;
  }
  return points.back().b;
}

// The derivative is sum over active points of weight (b - point): find the interval of its zero.
double piecewise_quadratic_minimum(const std::vector<Breakpoint>& points) {
  double weight = 0;
  double moment = 0;
  for (const Breakpoint& p : points) {
    if (p.upper) weight += p.weight, moment += p.weight * p.b;
  }
  std::size_t upper_left = static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [](const Breakpoint& p) { return p.upper; }));
  std::size_t lower_active = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Breakpoint& p = points[k];
    if (upper_left + lower_active > 0 && moment <= weight * p.b) return moment / weight;
    if (upper_left + lower_active == 0) return (points[k - 1].b + p.b) / 2;
    const double sign = p.upper ? -1.0 : 1.0;
    weight += sign * p.weight;
    moment += sign * p.weight * p.b;
    if (p.upper) {
      --upper_left;
    } else {
      ++lower_active;
    }
    if (upper_left + lower_active == 0) weight = moment = 0;  // no rounding left behind
  }
  return weight > 0 ? moment / weight : points.back().b;
}

}  // namespace

double primal_objective(const SvmTask& task, std::span<const double> f, double b, double w_norm2) {
  double loss = 0;
  for (std::size_t k = 0; k < task.size(); ++k) {
    const double s = task.target[k] - f[k] - b;
    const bool above = s > 0;
    const double bound = above ? task.upper[k] : -task.lower[k];
    const double excess = std::abs(s) - task.epsilon;
    if (bound <= 0 || excess <= 0) continue;
    loss += task.ridge[k] > 0 ? excess * excess / (2 * task.ridge[k]) : bound * excess;
  }
  return w_norm2 / 2 + loss;
}

double dual_objective(const SvmTask& task, std::span<const double> beta, double w_norm2) {
  double sum = 0;
  for (std::size_t k = 0; k < task.size(); ++k) {
    sum +=
        beta[k] * (task.target[k] - task.ridge[k] * beta[k] / 2) - task.epsilon * std::abs(beta[k]);
  }
  return sum - w_norm2 / 2;
}

double relative_gap(double primal, double dual) {
  return (primal - dual) / std::max(1.0, std::abs(primal));
}

double best_intercept(const SvmTask& task, std::span<const double> f) {
  const std::vector<Breakpoint> points = breakpoints(task, f);
  if (points.empty()) return 0;
  const bool squared = task.ridge.front() > 0;
  return squared ? piecewise_quadratic_minimum(points) : piecewise_linear_minimum(points);
}

void repair_dual(const SvmTask& task, std::span<double> beta) {
  double positive = 0;
  double negative = 0;
  for (std::size_t k = 0; k < task.size(); ++k) {
    beta[k] = std::clamp(beta[k], task.lower[k], task.upper[k]);
    (beta[k] > 0 ? positive : negative) += std::abs(beta[k]);
  }
  if (!task.fit_intercept || positive == negative) return;
  const double heavier = std::max(positive, negative);
  const double scale = std::min(positive, negative) / heavier;
  for (double& value : beta) {
    if ((value > 0) == (positive > negative)) value *= scale;
  }
}

SvmSolution certify(const SvmSamples& X, const SvmTask& task, std::span<double> beta,
                    int n_threads) {
  repair_dual(task, beta);
  SvmSolution solution;
  solution.w.resize(n_columns(X));
  combine_rows(X, task.rows, beta, solution.w, n_threads);
  std::vector<double> f(task.size());
  row_products(X, task.rows, solution.w, f, n_threads);
  if (task.fit_intercept) solution.b = best_intercept(task, f);
  const auto& w = solution.w;
  const double norm2 = std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
  solution.primal = primal_objective(task, f, solution.b, norm2);
  solution.dual = dual_objective(task, beta, norm2);
  solution.gap = relative_gap(solution.primal, solution.dual);
  for (std::size_t k = 0; k < task.size(); ++k) {
    if (beta[k] == 0) continue;
    solution.support.push_back(task.rows[k]);
    solution.beta.push_back(beta[k]);
  }
  return solution;
}

}  // namespace slimline
