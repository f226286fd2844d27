#include "svm/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "linalg/lane_sum.hpp"
#include "linalg/row_products.hpp"
#include "svm/best_intercept.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

double squared_norm(std::span<const double> w) {
  return std::inner_product(w.begin(), w.end(), w.begin(), 0.0);
}

}  // namespace

double primal_objective(const SvmTask& task, std::span<const double> f, double b, double w_norm2) {
  const bool squared = task.size() > 0 && task.ridge.front() > 0;
  // No branch on the sign of s or the class, which are random.
  const auto excess = [&](std::size_t k, double factor, double bound) {
    const double s = factor * (task.target[k] - f[k] - b);
    return bound > 0 ? std::max(s - task.epsilon, 0.0) : 0;
  };
  const auto loss = [&](std::size_t k) {
    const double above = excess(k, 1, task.upper[k]);
    const double below = excess(k, -1, -task.lower[k]);
    if (squared) return (above * above + below * below) / (2 * task.ridge[k]);
    return above * task.upper[k] - below * task.lower[k];
  };
  return w_norm2 / 2 + lane_sum(task.size(), loss);
}

double dual_objective(const SvmTask& task, std::span<const double> beta, double w_norm2) {
  const double sum = lane_sum(task.size(), [&](std::size_t k) {
    return beta[k] * (task.target[k] - task.ridge[k] * beta[k] / 2) -
           task.epsilon * std::abs(beta[k]);
  });
  return sum - w_norm2 / 2;
}

void repair_dual(const SvmTask& task, std::span<double> beta) {
  const std::size_t n = task.size();
  for (std::size_t k = 0; k < n; ++k) {
    beta[k] = std::min(std::max(beta[k], task.lower[k]), task.upper[k]);
  }
  const double positive = lane_sum(n, [&](std::size_t k) { return std::max(beta[k], 0.0); });
  const double negative = lane_sum(n, [&](std::size_t k) { return std::max(-beta[k], 0.0); });
  if (!task.fit_intercept || positive == negative) return;
  const double scale = std::min(positive, negative) / std::max(positive, negative);
  const double up = positive > negative ? scale : 1;
  const double down = positive > negative ? 1 : scale;
  for (double& value : beta) value *= value > 0 ? up : down;
}

void set_support(SvmSolution& solution, const SvmTask& task, std::span<const double> beta) {
  for (std::size_t k = 0; k < task.size(); ++k) {
    if (beta[k] == 0) continue;
    solution.support.push_back(task.rows[k]);
    solution.beta.push_back(beta[k]);
  }
}

std::vector<double> combine_centred(const AnySamples& X, const SvmTask& task,
                                    std::span<const double> beta, int n_threads) {
  std::vector<double> w(n_columns(X));
  combine_rows(X, task.rows, beta, w, n_threads);
  if (!task.fit_intercept || task.centre.empty()) return w;
  const double sum = lane_sum(beta.size(), [&](std::size_t k) { return beta[k]; });
  for (std::size_t j = 0; j < w.size(); ++j) w[j] -= sum * task.centre[j];
  return w;
}

void offer_primal(SvmSolution& solution, const AnySamples& X, const SvmTask& task,
                  const SvmPoint& point, int n_threads) {
  std::vector<double> f(task.size());
  row_products(X, task.rows, point.w, f, n_threads);
  const double b = task.fit_intercept ? best_intercept(task, f, point.near) : 0;
  const double primal = primal_objective(task, f, b, squared_norm(point.w));
  if (!solution.w.empty() && !(primal < solution.primal)) return;
  solution.w.assign(point.w.begin(), point.w.end());
  solution.b = b;
  solution.primal = primal;
  solution.gap = relative_gap(task, primal, solution.dual);
}

SvmSolution certify(const AnySamples& X, const SvmTask& task, std::span<double> beta, int n_threads,
                    std::optional<double> near) {
  repair_dual(task, beta);
  std::vector<double> w = combine_centred(X, task, beta, n_threads);
  SvmSolution solution;
  solution.dual = dual_objective(task, beta, squared_norm(w));
  if (!(solution.dual >= 0)) {  // zeros prove more
    solution.dual = 0;
    std::ranges::fill(beta, 0.0);
    std::ranges::fill(w, 0.0);
  }
  offer_primal(solution, X, task, {.w = w, .near = near}, n_threads);
  set_support(solution, task, beta);
  return solution;
}

}  // namespace slimline
