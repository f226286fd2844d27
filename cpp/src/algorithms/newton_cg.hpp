// Newton's method with conjugate gradients for smooth losses, which finishes what SGD or SAGA with
// schedule "auto" have begun: minimises (1/n) sum_i s_i loss + l2/2 |W|^2 from the weights it is
// given (truncated Newton: Nash, "A Survey of Truncated-Newton Methods", 2000; Lin, Weng & Keerthi,
// "Trust Region Newton Method for Large-Scale Logistic Regression", JMLR 9, 2008).
//
// One iteration solves H D = -G roughly, H applied as X' diag(loss'') X + l2 I without being
// formed, preconditioned by its approximate diagonal, then backtracks along D on the scores X W' +
// b and X D', which costs no pass over X. One-vs-rest outputs are problems of their own that share
// the passes; with "multinomial" all outputs are one problem. Stops when the Newton decrement says
// that the objective is within tol of the smallest, relatively, or after max_passes passes over X.
// Sums run over fixed chunks of rows: the result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "algorithms/newton_passes.hpp"
#include "algorithms/sgd_problem.hpp"
#include "slimline/error.hpp"

namespace slimline {

template <class T, class Rows>
class NewtonCg {
 public:
  NewtonCg(const Rows& X, const SgdProblem<T>& problem)
      : problem_(problem),
        passes_(X, problem),
        n_groups_(problem.multinomial ? 1 : problem.n_outputs()),
        objective_(n_groups_),
        done_(n_groups_, 0) {}

  // True when every problem has come within tol of its smallest objective.
  bool run(std::size_t max_passes) {
    const double tol = std::max(problem_.options.tol, kMinTol);
    passes_.compute_scores(problem_.weights);
    objective_ = evaluate();
    if (problem_.options.fit_intercept) settle_intercepts();
    // Of use where stop_at_small() finds an intercept and a penalty.
    if (problem_.options.fit_intercept && problem_.penalty.l2 > 0) {
      longest_row_ = passes_.longest_row();
    }
    Direction gradient = make_direction();
    Direction step = make_direction();
    while (passes_.count() < max_passes && !all_done()) {
      passes_.compute_gradient(gradient);
      add_penalty_gradient(gradient);
      if (problem_.on_epoch && should_stop()) throw Interrupted();
      stop_at_small(gradient, tol);
      if (all_done()) break;
      const std::vector<double> decrement = solve(gradient, step, max_passes);
      tighten(decrement);
      passes_.compute_step_scores(step);
      for (std::size_t g = 0; g < n_groups_; ++g) {
        if (done_[g]) continue;
        // Half the squared Newton decrement is what the quadratic model can still gain.
        if (decrement[g] / 2 <= kCaution * tol * std::abs(objective_[g])) done_[g] = 1;
      }
      search(step, decrement);
    }
    return all_done();
  }

 private:
  using Direction = NewtonDirection<T>;
  static constexpr double kMinTol = 1e-12;
  static constexpr double kCaution = 0.5;   // conjugate gradients see a part of the decrement
  static constexpr double kForcing = 0.25;  // relative residual at which they stop at first
  static constexpr double kLeastForcing = 0.01;
  static constexpr double kArmijo = 1e-4;

  Direction make_direction() const { return {problem_.n_outputs(), problem_.n_features()}; }
  std::size_t group(std::size_t c) const { return problem_.multinomial ? 0 : c; }
  bool all_done() const { return std::find(done_.begin(), done_.end(), 0) == done_.end(); }
  bool should_stop() {
    std::vector<double> objectives(problem_.n_outputs());
    for (std::size_t c = 0; c < objectives.size(); ++c) objectives[c] = objective_[group(c)];
    return problem_.on_epoch(++iteration_, objectives);
  }

  // Sums over the outputs of each group.
  template <class F>
  std::vector<double> by_group(F&& f) const {
    std::vector<double> sums(n_groups_);
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) sums[group(c)] += f(c);
    return sums;
  }
  std::vector<double> inner(const Direction& a, const Direction& b) const {
    return by_group([&](std::size_t c) {
      double sum = a.intercept[c] * b.intercept[c];
      for (std::size_t j = 0; j < problem_.n_features(); ++j) sum += a.coef(c, j) * b.coef(c, j);
      return sum;
    });
  }
  // y = f x + y for the outputs that still run
  void add_scaled(std::span<const double> f, const Direction& x, Direction& y) const {
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      const double factor = f[group(c)];
      for (std::size_t j = 0; j < problem_.n_features(); ++j) y.coef(c, j) += factor * x.coef(c, j);
      y.intercept[c] += factor * x.intercept[c];
    }
  }

  void add_penalty_gradient(Direction& gradient) const {
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      const T* w = problem_.weights.coef.row(c);
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        gradient.coef(c, j) += problem_.penalty.l2 * static_cast<double>(w[j]);
      }
    }
  }

  // A few steps of the intercepts alone, as long as every objective falls.
  void settle_intercepts() {
    constexpr int kSteps = 3;
    for (int k = 0; k < kSteps; ++k) {
      std::vector<double> steps = passes_.intercept_steps();
      passes_.move_intercepts(steps);
      const std::vector<double> reached = evaluate();
      const bool falls = std::equal(reached.begin(), reached.end(), objective_.begin(),
                                    std::less_equal<>());  // not where one is not a number
      if (!falls) {
        for (double& step : steps) step = -step;
        passes_.move_intercepts(steps);
        return;
      }
      objective_ = reached;
      for (std::size_t c = 0; c < steps.size(); ++c) problem_.weights.intercept[c] += steps[c];
    }
  }

  // Where the gradient alone says that little is left, no step is needed. With b at its best for W
  // the objective is strongly convex in W: |gradient|^2 / (2 l2) bounds what is left. Until b is
  // there, the gradient in W changes by its own in b times a mean of the rows, and moving b gains
  // its part.
  void stop_at_small(const Direction& gradient, double tol) {
    if (problem_.penalty.l2 == 0) return;
    const std::vector<double> bound = by_group([&](std::size_t c) {
      const double* g = gradient.coef.row(c);
      const double b = gradient.intercept[c];
      const double size = std::sqrt(std::inner_product(g, g + problem_.n_features(), g, 0.0)) +
                          longest_row_ * std::abs(b);
      return size * size / problem_.penalty.l2 + (b == 0 ? 0 : b * b / passes_.mean_curvature(c));
    });
    for (std::size_t g = 0; g < n_groups_; ++g) {
      if (bound[g] / 2 <= tol * std::abs(objective_[g])) done_[g] = 1;
    }
  }

  // The objective of every group at the scores.
  std::vector<double> evaluate() {
    const std::vector<double>& losses = passes_.losses();
    return by_group([&](std::size_t c) { return losses[c] + problem_.penalty_value(c); });
  }

  // Preconditioned conjugate gradients on H step = -gradient; returns -gradient . step per group.
  std::vector<double> solve(const Direction& gradient, Direction& step, std::size_t max_passes) {
    step.clear();
    Direction residual = gradient;
    Direction preconditioned = make_direction();
    Direction search = make_direction();
    Direction product = make_direction();
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      for (std::size_t j = 0; j < problem_.n_features(); ++j) residual.coef(c, j) *= -1;
      residual.intercept[c] *= -1;
    }
    passes_.precondition(residual, preconditioned);
    search = preconditioned;
    std::vector<double> rz = inner(residual, preconditioned);
    const std::vector<double> start = rz;
    std::vector<char> running(n_groups_);
    for (std::size_t g = 0; g < n_groups_; ++g) running[g] = done_[g] == 0 && rz[g] > 0;
    std::vector<double> alpha(n_groups_);
    std::vector<double> beta(n_groups_);
    while (passes_.count() < max_passes &&
           std::find(running.begin(), running.end(), 1) != running.end()) {
      passes_.hessian_product(search, product);
      const std::vector<double> curvature = inner(search, product);
      for (std::size_t g = 0; g < n_groups_; ++g) {
        if (!(curvature[g] > 0)) running[g] = 0;
        alpha[g] = running[g] != 0 ? rz[g] / curvature[g] : 0;
      }
      add_scaled(alpha, search, step);
      for (double& a : alpha) a = -a;
      add_scaled(alpha, product, residual);
      passes_.precondition(residual, preconditioned);
      const std::vector<double> next = inner(residual, preconditioned);
      for (std::size_t g = 0; g < n_groups_; ++g) {
        if (next[g] <= forcing_ * forcing_ * start[g]) running[g] = 0;
        beta[g] = running[g] != 0 ? next[g] / rz[g] : 0;
      }
      rz = next;
      turn(beta, preconditioned, search);
    }
    std::vector<double> decrement = inner(gradient, step);
    for (double& d : decrement) d = -d;
    return decrement;
  }
  // Halves the forcing where a step has not brought what rough ones should.
  void tighten(const std::vector<double>& decrement) {
    constexpr double kExpected = 0.5;
    const double left = std::accumulate(decrement.begin(), decrement.end(), 0.0);
    if (left > kExpected * left_) forcing_ = std::max(kLeastForcing, forcing_ / 2);
    left_ = left;
  }
  // y = x + f y
  void turn(std::span<const double> f, const Direction& x, Direction& y) const {
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      const double factor = f[group(c)];
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        y.coef(c, j) = x.coef(c, j) + factor * y.coef(c, j);
      }
      y.intercept[c] = x.intercept[c] + factor * y.intercept[c];
    }
  }

  // Moves along the step by 1, 1/2, 1/4, ..., in each group until its objective has fallen enough.
  void search(const Direction& step, const std::vector<double>& decrement) {
    constexpr int kHalvings = 30;
    std::vector<double> length(n_groups_);
    for (std::size_t g = 0; g < n_groups_; ++g) length[g] = decrement[g] > 0 ? 1 : 0;
    move(length, step);
    for (int k = 0; k < kHalvings; ++k) {
      const std::vector<double> reached = evaluate();
      std::vector<double> back(n_groups_);
      bool again = false;
      for (std::size_t g = 0; g < n_groups_; ++g) {
        const double noise = kNoise * std::abs(objective_[g]);
        if (length[g] == 0 ||
            reached[g] <= objective_[g] - kArmijo * length[g] * decrement[g] + noise) {
          continue;
        }
        length[g] /= 2;
        back[g] = -length[g];
        again = true;
      }
      if (!again) {
        for (std::size_t g = 0; g < n_groups_; ++g) {
          // No progress beyond rounding: this is as close as the numbers allow.
          if (length[g] == 0 || reached[g] >= objective_[g]) done_[g] = 1;
        }
        objective_ = reached;
        return;
      }
      move(back, step);
    }
    std::fill(done_.begin(), done_.end(), char{1});
  }
  static constexpr double kNoise = sizeof(T) == 4 ? 1e-7 : 1e-15;

  void move(std::span<const double> length, const Direction& step) {
    std::vector<double> by_output(problem_.n_outputs());
    for (std::size_t c = 0; c < by_output.size(); ++c) {
      by_output[c] = length[group(c)];
      T* w = problem_.weights.coef.row(c);
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        w[j] = static_cast<T>(static_cast<double>(w[j]) + by_output[c] * step.coef(c, j));
      }
      problem_.weights.intercept[c] += by_output[c] * step.intercept[c];
    }
    passes_.move_scores(by_output);
  }

  const SgdProblem<T>& problem_;
  NewtonPasses<T, Rows> passes_;
  std::size_t n_groups_;
  std::vector<double> objective_;
  std::vector<char> done_;
  double longest_row_ = 0;
  double forcing_ = kForcing;
  double left_ = std::numeric_limits<double>::infinity();  // sum of the last decrements
  std::size_t iteration_ = 0;
};

}  // namespace slimline
