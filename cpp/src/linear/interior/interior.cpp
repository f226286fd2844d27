#include "linear/interior/interior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/dispatch.hpp"
#include "linalg/refined_solve.hpp"
#include "linear/interior/dual_charge.hpp"
#include "linear/interior/interior_rows.hpp"
#include "linear/interior/kinked.hpp"
#include "linear/interior/l1_quadratic.hpp"
#include "linear/relative_gap.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr double kReach = 1e3;      // longest step, in units of the largest weight, or of 1
constexpr double kShareFall = 0.1;  // reduction of the parabola's share after a full step
constexpr double kLeastShare = 1e-8;
constexpr double kPromising = 4;  // predicted gap, relative to tol, at which a proof is tried
constexpr double kNothing = 1e-25;
constexpr double kGoodStep = 0.3;  // derivative at the end of a step, relative to its begin
constexpr int kHalvings = 50;
constexpr int kDoublings = 10;
constexpr double kRidge = 1e-14;

class Interior {
 public:
  Interior(const InteriorTask& task, const InteriorOptions& options)
      : task_(task),
        options_(options),
        n_(task.rows.rows()),
        d_(task.rows.cols()),
        size_(d_ + 1),
        has_l1_(std::ranges::any_of(task.l1, [](double l) { return l > 0; })),
        rows_(task, options.n_threads),
        weights_(task.n_outputs, size_),
        next_(task.n_outputs, size_),
        step_(task.n_outputs, size_),
        gradient_(task.n_outputs, size_),
        hessian_(task.n_outputs * size_, task.n_outputs * size_),
        best_(task.n_outputs, size_) {
    for (std::size_t k = 0; k < task.n_outputs; ++k) {
      weights_(k, d_) = best_(k, d_) = task.intercept[k];
    }
    primal_ = task.zero;
  }

  InteriorSolution run(const InteriorWatch& watch) {
    InteriorSolution solution;
    while (gap() > options_.tol && solution.steps < options_.max_steps) {
      ++solution.steps;
      model();
      note();
      if (promising()) bound();
      if (watch && watch(best_.view(), primal_)) throw Interrupted();
      if (gap() <= options_.tol) continue;
      if (advance()) continue;
      bound();
      break;
    }
    solution.converged = gap() <= options_.tol;
    solution.weights = std::move(best_);
    solution.primal = primal_;
    solution.dual = dual_;
    return solution;
  }

 private:
  double gap() const { return relative_gap(primal_, dual_, task_.zero); }
  double allowed() const { return options_.tol * gap_unit(primal_, task_.zero); }
  double l2(std::size_t j) const { return j < d_ ? task_.l2[j] : 0; }
  double l1(std::size_t j) const { return j < d_ ? task_.l1[j] : 0; }
  template <class F>
  double sum_weights(const F& f) const {
    double sum = 0;
    for (std::size_t k = 0; k < task_.n_outputs; ++k) {
      for (std::size_t j = 0; j < size_; ++j) sum += f(k, j);
    }
    return sum;
  }

  // The quadratic model at the weights, and its minimum.
  void model() {
    rows_.look(weights_.view(), share_);
    rows_.gradient(gradient_.view());
    rows_.hessian(hessian_.view());
    for (std::size_t k = 0; k < task_.n_outputs; ++k) {
      for (std::size_t j = 0; j < size_; ++j) prepare(k, j);
    }
    if (has_l1_) {
      solve_with_l1();
    } else {
      solve();
    }
    limit();
    decrement_ = -sum_weights([&](std::size_t k, std::size_t j) {
      step_(k, j) = next_(k, j) - weights_(k, j);
      const double g = gradient_(k, j) + l2(j) * weights_(k, j);
      return g * step_(k, j) + l1(j) * (std::abs(next_(k, j)) - std::abs(weights_(k, j)));
    });
    rows_.look_along(step_.view());
  }

  // Adds what the penalty has; a coordinate that changes nothing keeps its place.
  void prepare(std::size_t k, std::size_t j) {
    double* row = hessian_.row(k * size_ + j);
    double& diagonal = row[k * size_ + j];
    diagonal += l2(j);
    if ((j == d_ && !task_.fit_intercept) || !(diagonal > 0)) {
      std::fill_n(row, hessian_.cols(), 0.0);
      for (std::size_t i = 0; i < hessian_.rows(); ++i) hessian_(i, k * size_ + j) = 0;
      diagonal = 1;
      gradient_(k, j) = -l2(j) * weights_(k, j);
    }
    diagonal *= 1 + kRidge;
  }

  void solve() {
    std::vector<double> x(hessian_.rows());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t j = i % size_;
      x[i] = -(gradient_(i / size_, j) + l2(j) * weights_(i / size_, j));
    }
    solve_refined(hessian_.view(), 0, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      next_(i / size_, i % size_) = weights_(i / size_, i % size_) + x[i];
    }
  }

  void solve_with_l1() {
    std::vector<double> x(weights_.row(0), weights_.row(0) + hessian_.rows());
    std::vector<double> q(x.size());
    std::vector<double> strength(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t j = i % size_;
      strength[i] = l1(j);
      q[i] = gradient_(i / size_, j) + l2(j) * x[i] -
             kernels::vector_kernels<double>().dot(hessian_.row(i), x.data(), x.size());
    }
    minimise_l1_quadratic(hessian_.view(), q, strength, x);
    std::ranges::copy(x, next_.row(0));
  }

  // Without a penalty, on separable rows, the model's minimum can lie so far out that rounding the
  // weights to float32 costs more than tol: nearer ones, on the way to it, separate the rows too.
  void limit() {
    double far = 0;
    double now = 1;
    sum_weights([&](std::size_t k, std::size_t j) {
      far = std::max(far, std::abs(next_(k, j)));
      now = std::max(now, std::abs(weights_(k, j)));
      return 0.0;
    });
    if (!(far > kReach * now)) return;
    const double share = kReach * now / far;
    sum_weights([&](std::size_t k, std::size_t j) {
      next_(k, j) = weights_(k, j) + share * (next_(k, j) - weights_(k, j));
      return 0.0;
    });
  }

  double penalty(const Matrix<double>& weights) const {
    return sum_weights([&](std::size_t k, std::size_t j) {
      const double w = weights(k, j);
      return l1(j) * std::abs(w) + l2(j) / 2 * w * w;
    });
  }

  // Keeps the weights, or those at the end of the step, where they are the best so far.
  void note() {
    keep(weights_, rows_.loss(0) + penalty(weights_));
    keep(next_, rows_.loss(1) + penalty(next_));
  }
  void keep(const Matrix<double>& weights, double objective) {
    if (!(objective < primal_)) return;
    primal_ = objective;
    std::copy_n(weights.row(0), weights.rows() * size_, best_.row(0));
  }

  bool promising() const { return decrement_ <= kPromising * allowed(); }

  // The dual objective at the gradients that the model predicts. Where columns have an l1 norm
  // alone, also at these gradients scaled down until they satisfy its constraint.
  void bound() {
    const double conjugate = rows_.foresee(gradient_.view());
    dual_ = std::max(dual_, -conjugate - charge(1));
    const double factor = feasible_factor(task_, gradient_.view());
    if (factor < 1) dual_ = std::max(dual_, -rows_.shrunk_conjugate(factor) - charge(factor));
  }
  double charge(double factor) const {
    return penalty_conjugate(task_, factor, gradient_.view(), best_.view());
  }

  // Moves along the step. Returns false if no further decrease is possible.
  bool advance() {
    if (!(decrement_ > kNothing * primal_)) return false;
    const double length = step_length();
    move(length);
    if (length >= 1) share_ = std::max(kLeastShare, kShareFall * share_);
    if (length < 0.5) share_ = std::min(1.0, share_ / kShareFall);
    return length > 0;
  }

  void move(double length) {
    if (length == 1) {
      std::copy_n(next_.row(0), next_.rows() * size_, weights_.row(0));
      return;
    }
    for (std::size_t k = 0; k < task_.n_outputs; ++k) {
      kernels::vector_kernels<double>().axpy(length, step_.row(k), weights_.row(k), size_);
    }
  }

  // The step length at which the derivative along the step has shrunk to kGoodStep of its size.
  double step_length() const {
    const double first = -slope(0);
    if (!(first > 0)) return 0;
    double low = 0;
    double high = 1;
    for (int k = 0; k < kDoublings && !has_l1_ && slope(high) < -0.5 * first; ++k) {
      low = high;
      high *= 2;
    }
    double t = low == 0 ? 1 : low;
    for (int k = 0; k < kHalvings; ++k) {
      const double now = slope(t);
      if (std::abs(now) <= kGoodStep * first || (now < 0 && t == 1)) return t;
      (now < 0 ? low : high) = t;
      t = (low + high) / 2;
    }
    return low;
  }

  // The derivative of the objective, rounded off, at weights + t step; from the right.
  double slope(double t) const {
    return rows_.slope_along(t) + sum_weights([&](std::size_t k, std::size_t j) {
             const double v = step_(k, j);
             const double w = t == 1 ? next_(k, j) : weights_(k, j) + t * v;
             const double side = w == 0 ? std::abs(v) : std::copysign(v, v * w);
             return l2(j) * w * v + l1(j) * side;
           });
  }

  const InteriorTask& task_;
  const InteriorOptions& options_;
  std::size_t n_;
  std::size_t d_;
  std::size_t size_;  // d + 1
  bool has_l1_;
  InteriorRows rows_;
  double share_ = 1;  // of the touching parabola's curvature, see rounded_losses.hpp
  Matrix<double> weights_;
  Matrix<double> next_;  // at the minimum of the model
  Matrix<double> step_;
  Matrix<double> gradient_;
  Matrix<double> hessian_;
  double decrement_ = std::numeric_limits<double>::infinity();
  Matrix<double> best_;
  double primal_;
  double dual_ = 0;  // no objective is below 0
};

}  // namespace

InteriorSolution solve_interior(const InteriorTask& task, const InteriorOptions& options,
                                const InteriorWatch& watch) {
  const bool smooth = with_loss(task.loss, [](const auto& l) { return l.smooth; });
  if (task.n_outputs == 1 && !smooth) return solve_kinked(task, options, watch);
  return Interior(task, options).run(watch);
}

}  // namespace slimline
