#include "algorithms/dcd.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/certificate.hpp"
#include "algorithms/smo_block.hpp"
#include "algorithms/svm_row_ops.hpp"
#include "algorithms/svm_rows.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLookReduction = 0.3;   // a violation so much smaller asks for a look at all rows
constexpr std::size_t kMostPasses = 10;  // between two looks
constexpr double kLeastCurvature = 1e-12;  // of zero rows without an intercept, as in LIBSVM
constexpr double kBalance = 0.1;           // of the tolerance: what sum beta may cost

class Dcd {
 public:
  Dcd(const SvmSamples& X, const SvmTask& task, const SvmOptions& options, const SvmStart& start)
      : X_(X),
        task_(task),
        options_(options),
        beta_(task.size()),
        f_(task.size()),
        curvature_(task.size()),
        w_(n_columns(X)),
        random_(task.size()) {
    if (!start.beta.empty()) {
      beta_ = start.beta;
      repair_dual(task_, beta_);
      combine_rows(X_, task_.rows, beta_, w_, options_.n_threads);
    }
    measure_curvature();
  }

  SvmSolution run(const SvmWatch& watch) {
    std::size_t iteration = 0;
    while (!look() && iteration < options_.max_iter) {
      const double enough = kLookReduction * last_violation_;
      double violation = 0;
      std::size_t passes = 0;
      do {
        poll(watch, iteration++, gap_);
        violation = pass();
      } while (violation > enough && ++passes < kMostPasses && iteration < options_.max_iter);
      last_violation_ = violation;
    }
    if (solution_.w.empty() || solution_.gap > options_.tol) certified();
    solution_.iterations = iteration;
    return std::move(solution_);
  }

 private:
  // |x|^2 and tau, their mean.
  void measure_curvature() {
    squared_norms(X_, task_.rows, curvature_, options_.n_threads);
    if (!task_.fit_intercept) return;
    tau_ = std::accumulate(curvature_.begin(), curvature_.end(), 0.0) /
           static_cast<double>(task_.size());
    if (tau_ == 0) tau_ = 1;
  }

  // How far beta_k is from its best value, as a slope; below zero: how firmly it stays.
  double violation(std::size_t k, double gain) const {
    return std::max(gain + shift_up(beta_[k], task_.upper[k], task_.epsilon),
                    -gain - shift_down(beta_[k], task_.lower[k], task_.epsilon));
  }

  // A look at all rows: the gap, the best intercept, the rows to work on. True when certified.
  bool look() {
    row_products(X_, task_.rows, w_, f_, options_.n_threads);
    balance_ = std::accumulate(beta_.begin(), beta_.end(), 0.0);
    if (task_.fit_intercept) lambda_ = best_intercept(task_, f_);
    const double norm2 = std::inner_product(w_.begin(), w_.end(), w_.begin(), 0.0);
    const double primal = primal_objective(task_, f_, lambda_, norm2);
    gap_ = relative_gap(primal, dual_objective(task_, beta_, norm2));
    const double allowed = kBalance * options_.tol * std::max(1.0, primal);
    const bool balanced = !task_.fit_intercept || std::abs(balance_) <= allowed;
    if (gap_ <= options_.tol && balanced && certified()) return true;
    choose();
    return false;
  }

  bool certified() {
    std::vector<double> beta = beta_;
    solution_ = certify(X_, task_, beta, options_.n_threads);
    return solution_.gap <= options_.tol;
  }

  void choose() {
    active_.clear();
    for (std::size_t k = 0; k < task_.size(); ++k) {
      const double gain = task_.target[k] - f_[k] - lambda_ - task_.ridge[k] * beta_[k];
      if (violation(k, gain) >= -last_violation_) active_.push_back(k);
    }
  }

  // One step for each chosen row, in random order; rows that stay firmly are left out. Returns the
  // largest violation.
  double pass() {
    shuffle(active_, random_);
    return std::visit([&](const auto& view) { return pass_over(view); }, X_);
  }

  template <class View>
  double pass_over(const View& view) {
    double largest = 0;
    std::size_t kept = 0;
    const double firm = -last_violation_;
    for (const std::size_t k : active_) {
      const std::size_t row = task_.rows[k];
      const double b = lambda_ + tau_ * balance_;
      const double r = task_.ridge[k];
      const double gain = task_.target[k] - dot(view, row, w_.data()) - b - r * beta_[k];
      const double wrong = violation(k, gain);
      if (wrong < firm) continue;
      active_[kept++] = k;
      if (wrong <= 0) continue;
      largest = std::max(largest, wrong);
      const double q = std::max(curvature_[k] + tau_ + r, kLeastCurvature);
      const double change = best(k, gain, q) - beta_[k];
      if (change == 0) continue;
      beta_[k] += change;
      balance_ += change;
      axpy(view, row, change, w_.data());
    }
    active_.resize(kept);
    return largest;
  }

  double best(std::size_t k, double gain, double q) const {
    const double t = beta_[k] + gain / q;
    const double dead = task_.epsilon / q;
    const double soft = std::max(t - dead, 0.0) + std::min(t + dead, 0.0);
    return std::clamp(soft, task_.lower[k], task_.upper[k]);
  }

  const SvmSamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  std::vector<double> beta_;
  std::vector<double> f_;          // w . x_k at the last look
  std::vector<double> curvature_;  // |x_k|^2
  std::vector<double> w_;
  std::vector<std::size_t> active_;
  Random random_;
  double tau_ = 0;
  double lambda_ = 0;
  double balance_ = 0;  // sum beta
  double gap_ = kInfinity;
  double last_violation_ = kInfinity;
  SvmSolution solution_;
};

}  // namespace

SvmSolution solve_dcd(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch) {
  return Dcd(X, task, options, start).run(watch);
}

}  // namespace slimline
