#include "algorithms/newton.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/certificate.hpp"
#include "algorithms/newton_system.hpp"
#include "algorithms/svm_rows.hpp"
#include "core/parallel.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr std::size_t kGrain = 4096;  // rows a partial sum
constexpr double kFirstSigma = 0.5;   // in units of a row's cost: every row starts inside its box
constexpr double kSigmaGrowth = 4;
constexpr double kMaxSigma = 1e10;
constexpr double kRecession = 64;
constexpr int kMaxRecessions = 20;
constexpr double kAccuracy = 0.05;  // of an inner minimum, in units of what the gap may be
constexpr double kLeastAccuracy = 1e-20;
constexpr std::size_t kMaxSteps = 100;  // of one inner minimum; a few are usual
constexpr double kLineReduction = 0.3;  // how far a line search lowers the derivative
constexpr int kMaxLineSteps = 40;

double soft(double value, double threshold) {
  if (value > threshold) return value - threshold;
  if (value < -threshold) return value + threshold;
  return 0;
}

class Newton {
 public:
  Newton(const SvmSamples& X, const SvmTask& task, const SvmOptions& options)
      : X_(X),
        task_(task),
        options_(options),
        squared_(task.ridge.front() > 0),
        beta_(task.size()),
        next_(task.size()),
        f_(task.size()),
        df_(task.size()),
        w_(n_columns(X)),
        combined_(n_columns(X)),
        step_(n_columns(X) + 1) {}

  SvmDualPoint run(const StopCheck& should_stop) {
    while (iterations_ < options_.max_iter) {
      const bool stuck = !minimise(should_stop);
      beta_ = next_;
      gap_ = approximate_gap();
      if (gap_ <= options_.tol && certified()) break;
      if (stuck && (squared_ || !recede())) break;  // at the end of the precision
      if (!stuck) sigma_ = std::min(sigma_ * growth_, kMaxSigma);
      if (gap_ <= options_.tol || squared_) accuracy_ *= 0.1;
      if (accuracy_ < kLeastAccuracy) break;
    }
    return {.beta = std::move(beta_), .iterations = iterations_};
  }

 private:
  double residual(std::size_t k) const { return task_.target[k] - f_[k] - b_; }

  double row_sigma(std::size_t k) const {
    return sigma_ * std::max(task_.upper[k], -task_.lower[k]);
  }

  // beta' for the residual s; slope: its derivative.
  double prox(std::size_t k, double s, double& slope) const {
    slope = squared_ ? 1 / task_.ridge[k] : row_sigma(k);
    const double t = squared_ ? slope * soft(s, task_.epsilon)
                              : soft(beta_[k] + slope * s, slope * task_.epsilon);
    if (t == 0 || t <= task_.lower[k] || t >= task_.upper[k]) slope = 0;
    return std::clamp(t, task_.lower[k], task_.upper[k]);
  }

  template <class Body>  // body(k): a term
  double sum(const Body& body) const {
    std::vector<double> partial(chunk_count(task_.size(), kGrain));
    parallel_for(task_.size(), kGrain, options_.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   double total = 0;
                   for (std::size_t k = begin; k < end; ++k) total += body(k);
                   partial[chunk] = total;
                 });
    return std::accumulate(partial.begin(), partial.end(), 0.0);
  }

  // Newton steps to the minimum of this outer iteration; false where rounding ends them before.
  bool minimise(const StopCheck& should_stop) {
    // Near the end of the precision what f collected from steps is too coarse.
    if (accuracy_ < 1) row_products(X_, task_.rows, w_, f_, options_.n_threads);
    for (std::size_t steps = 0;; ++steps) {
      evaluate();
      if (accurate() || iterations_ == options_.max_iter) return true;
      if (should_stop && should_stop()) throw Interrupted();
      ++iterations_;
      if (steps >= kMaxSteps || !step()) return false;
    }
  }

  // A large sigma multiplies the rounding of s: where that stops the steps, go on with a smaller
  // one.
  bool recede() {
    sigma_ /= kRecession;
    growth_ = 1;
    return ++recessions_ <= kMaxRecessions;
  }

  // beta', the active rows and the gradient (w - X' beta', -sum beta') at (w, b).
  void evaluate() {
    active_.clear();
    slopes_.clear();
    balance_ = 0;
    mass_ = 0;
    for (std::size_t k = 0; k < task_.size(); ++k) {
      double slope = 0;
      next_[k] = prox(k, residual(k), slope);
      balance_ += next_[k];
      mass_ += std::abs(next_[k]);
      if (slope > 0) {
        active_.push_back(task_.rows[k]);
        slopes_.push_back(slope);
      }
    }
    combine_rows(X_, task_.rows, next_, combined_, options_.n_threads);
    for (std::size_t j = 0; j < w_.size(); ++j) step_[j] = combined_[j] - w_[j];
    step_.back() = task_.fit_intercept ? balance_ : 0;
  }

  bool accurate() const {
    const double allowed = kAccuracy * accuracy_ * std::max(options_.tol, 0.2 * gap_);
    double error = 0;
    for (std::size_t j = 0; j < w_.size(); ++j) error += step_[j] * step_[j];
    if (task_.fit_intercept && std::abs(balance_) > allowed * mass_) return false;
    return error / 2 <= allowed * std::max(1.0, primal());
  }

  double primal() const {
    const double norm2 = std::inner_product(w_.begin(), w_.end(), w_.begin(), 0.0);
    return primal_objective(task_, f_, b_, norm2);
  }

  // step_ holds minus the gradient. False when the step is too small to change anything.
  bool step() {
    const std::vector<double> descent = step_;
    solve_newton_system({X_, active_, slopes_, task_.fit_intercept, options_.n_threads}, step_);
    const double rate = std::inner_product(step_.begin(), step_.end(), descent.begin(), 0.0);
    if (!(rate > 0) || !std::isfinite(rate)) return false;
    const std::span<const double> dw = std::span<const double>(step_).first(w_.size());
    row_products(X_, task_.rows, dw, df_, options_.n_threads);
    const double t = line_search(rate);
    if (!(t > 0)) return false;
    bool changed = false;
    for (std::size_t j = 0; j < w_.size(); ++j) {
      changed = changed || w_[j] + t * dw[j] != w_[j];
      w_[j] += t * dw[j];
    }
    changed = changed || b_ + t * step_.back() != b_;
    b_ += t * step_.back();
    for (std::size_t k = 0; k < task_.size(); ++k) f_[k] += t * df_[k];
    return changed;
  }

  // The derivative along the step after t of it.
  double derivative(double t) const {
    double along = 0;
    for (std::size_t j = 0; j < w_.size(); ++j) along += (w_[j] + t * step_[j]) * step_[j];
    const double db = step_.back();
    return along - sum([&](std::size_t k) {
             const double df = df_[k] + db;
             double slope = 0;
             return prox(k, residual(k) - t * df, slope) * df;
           });
  }

  // A t whose derivative is at most kLineReduction of the one at 0, -rate, in size. The derivative
  // is increasing: bracket its zero, then regula falsi with the Illinois halving.
  double line_search(double rate) const {
    const double enough = kLineReduction * rate;
    double low = 0;
    double at_low = -rate;
    double high = 1;
    double at_high = derivative(high);
    for (int k = 0; at_high < -enough && k < kMaxLineSteps; ++k) {
      low = high;
      at_low = at_high;
      high *= 4;
      at_high = derivative(high);
    }
    if (at_high <= enough) return high;
    for (int k = 0; k < kMaxLineSteps; ++k) {
      double t = low + (high - low) * (at_low / (at_low - at_high));
      if (!(t > low && t < high)) t = (low + high) / 2;
      const double at_t = derivative(t);
      if (std::abs(at_t) <= enough) return t;
      if (at_t < 0) {
        low = t;
        at_low = at_t;
        at_high /= 2;
      } else {
        high = t;
        at_high = at_t;
        at_low /= 2;
      }
    }
    return low;
  }

  // beta is feasible but for sum beta = 0, which the inner minimum meets nearly.
  double approximate_gap() const {
    const double norm2 =
        std::inner_product(combined_.begin(), combined_.end(), combined_.begin(), 0.0);
    return relative_gap(primal(), dual_objective(task_, beta_, norm2));
  }

  bool certified() {
    std::vector<double> beta = beta_;
    return certify(X_, task_, beta, options_.n_threads).gap <= options_.tol;
  }

  const SvmSamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  const bool squared_;
  std::vector<double> beta_;
  std::vector<double> next_;  // beta'
  std::vector<double> f_;     // X w
  std::vector<double> df_;    // X dw
  std::vector<double> w_;
  double b_ = 0;
  std::vector<double> combined_;  // X' beta'
  std::vector<double> step_;      // (dw, db)
  std::vector<std::size_t> active_;
  std::vector<double> slopes_;
  double balance_ = 0;  // sum beta'
  double mass_ = 0;     // sum |beta'|
  double sigma_ = kFirstSigma;
  double growth_ = kSigmaGrowth;
  int recessions_ = 0;
  double accuracy_ = 1;
  double gap_ = 1;
  std::size_t iterations_ = 0;
};

}  // namespace

SvmDualPoint solve_newton(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                          const StopCheck& should_stop) {
  return Newton(X, task, options).run(should_stop);
}

}  // namespace slimline
