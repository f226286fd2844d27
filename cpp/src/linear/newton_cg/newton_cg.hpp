// Truncated Newton: Newton's method with conjugate gradients, for smooth losses. Schedule "auto"
// runs it after SGD or SAGA. Minimises (1/n) sum_i s_i loss + l2/2 |W|^2 from the given weights
// (Nash, "A Survey of Truncated-Newton Methods", 2000; Lin, Weng & Keerthi, "Trust Region Newton
// Method for Large-Scale Logistic Regression", JMLR 9, 2008).
//
// One iteration:
// 1. Solve H D = -G inexactly by conjugate gradients. H = X' diag(loss'') X + l2 I is applied
//    without being formed, and preconditioned by its approximate diagonal.
// 2. Backtrack along D, on the scores X W' + b and X D', without a pass over X.
// One-vs-rest outputs are separate problems that share the passes; with "multinomial" all outputs
// are one problem.
//
// When the Newton decrement indicates a relative gap of at most tol, the system is solved more
// accurately, until the gradients of the losses that it predicts prove that gap (dual_change.hpp).
// Stops then, or after max_passes passes over X. Sums run over fixed chunks of rows, so that the
// result does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "linear/newton_cg/conjugate_gradients.hpp"
#include "linear/newton_cg/dual_change.hpp"
#include "linear/newton_cg/passes.hpp"
#include "linear/problem.hpp"
#include "linear/relative_gap.hpp"
#include "slimline/error.hpp"

namespace slimline {

template <class T, class Rows>
class NewtonCg {
 public:
  NewtonCg(const Rows& X, const SgdProblem<T>& problem)
      : problem_(problem),
        passes_(X, problem),
        solver_(passes_, problem,
                [this](const Direction& r, Direction& z) { passes_.precondition(r, z); }),
        objective_(groups().size()),
        zero_(groups().sums([&](std::size_t c) { return problem.zero[c].objective; })),
        done_(groups().size(), 0),
        gap_(groups().size(), std::numeric_limits<double>::infinity()) {}

  // Returns the proven gap of every group; all are at most tol if it has converged.
  std::vector<double> run(std::size_t max_passes) {
    passes_.compute_scores(problem_.weights);
    objective_ = evaluate();
    if (problem_.options.fit_intercept) settle_intercepts();
    Direction gradient(problem_.n_outputs(), problem_.n_features());
    while (passes_.count() < max_passes && !all_done()) {
      passes_.compute_gradient(gradient);
      add_penalty_gradient(gradient);
      if (problem_.on_epoch && should_stop()) throw Interrupted();
      stop_at_small(gradient);
      if (all_done()) break;
      solve(gradient, max_passes);
      passes_.compute_step_scores(solver_.step());
      prove(gradient);
      search();
    }
    return gap_;
  }
  const std::vector<double>& objectives() const { return objective_; }

 private:
  using Direction = NewtonDirection<T>;
  // Relative to the allowed gap. A proof is tried when half the decrement is at most kCaution. The
  // solver stops when the penalty's part of the gap is at most kPart; that part is at least
  // l2 |step|^2 / 2, which can be nearly as large as the decrement.
  static constexpr double kCaution = 0.4;
  static constexpr double kPart = 0.5;
  static constexpr double kForcing = 0.25;  // relative residual at which the first solve stops
  static constexpr double kLeastForcing = 0.01;
  static constexpr double kArmijo = 1e-4;
  static constexpr double kNoise = sizeof(T) == 4 ? 1e-7 : 1e-15;

  const OutputGroups<T>& groups() const { return solver_.groups(); }
  bool all_done() const { return std::find(done_.begin(), done_.end(), 0) == done_.end(); }
  bool should_stop() {
    std::vector<double> objectives(problem_.n_outputs());
    for (std::size_t c = 0; c < objectives.size(); ++c) objectives[c] = objective_[groups().of(c)];
    return problem_.on_epoch(++iteration_, objectives);
  }
  double allowed(std::size_t g) const { return problem_.allowed(objective_[g], zero_[g]); }

  void add_penalty_gradient(Direction& gradient) const {
    for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
      const T* w = problem_.weights.coef.row(c);
      for (std::size_t j = 0; j < problem_.n_features(); ++j) {
        gradient.coef(c, j) += problem_.penalty.l2 * static_cast<double>(w[j]);
      }
    }
  }

  // A few Newton steps of the intercepts alone, as long as every objective decreases.
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

  // Where the gradients of the losses at this point prove a small gap, no step is needed.
  void stop_at_small(const Direction& gradient) {
    take_gaps(PenaltyCharge(problem_, passes_.column_sizes()).of(gradient));
  }
  void take_gaps(const std::vector<double>& left) {
    for (std::size_t g = 0; g < left.size(); ++g) {
      const double scale = gap_unit(objective_[g], zero_[g]);
      gap_[g] = left[g] > 0 ? std::min(gap_[g], left[g] / scale) : 0;
      if (left[g] <= allowed(g)) done_[g] = 1;
    }
  }

  // The objective of every group at the scores.
  std::vector<double> evaluate() {
    const std::vector<double>& losses = passes_.losses();
    return groups().sums([&](std::size_t c) { return losses[c] + problem_.penalty_value(c); });
  }

  // Inexactly at first; where the decrement is small, until a proof can succeed.
  void solve(const Direction& gradient, std::size_t max_passes) {
    const PenaltyCharge charge(problem_, passes_.column_sizes());
    solver_.solve(gradient, done_, max_passes, [&](std::size_t g, double part) {
      if (part > forcing_ * forcing_) return false;
      if (-groups().inner(g, gradient, solver_.step()) / 2 > kCaution * allowed(g)) return true;
      return charge.of_step(g, solver_.step(), solver_.residual()) <= kPart * allowed(g);
    });
    decrement_ = groups().inner(gradient, solver_.step());
    for (double& d : decrement_) d = -d;
    tighten();
  }
  // Halves the forcing where a step has not reduced the decrement as expected.
  void tighten() {
    constexpr double kExpected = 0.5;
    const double left = std::accumulate(decrement_.begin(), decrement_.end(), 0.0);
    if (left > kExpected * left_) forcing_ = std::max(kLeastForcing, forcing_ / 2);
    left_ = left;
  }

  // Computes the gap at the gradients of the losses that the system predicts for the full step.
  void prove(const Direction& gradient) {
    bool near = false;
    for (std::size_t g = 0; g < done_.size(); ++g) {
      near = near || (done_[g] == 0 && decrement_[g] / 2 <= kCaution * allowed(g));
    }
    if (!near) return;
    Direction residual = gradient;
    const std::vector<double> moved = change_dual(passes_, problem_, 1, residual);
    std::vector<double> left = PenaltyCharge(problem_, passes_.column_sizes()).of(residual);
    const std::vector<double> by_group = groups().sums([&](std::size_t c) { return moved[c]; });
    for (std::size_t g = 0; g < left.size(); ++g) left[g] += by_group[g];
    take_gaps(left);
  }

  // Backtracks along the step by 1, 1/2, 1/4, ..., in each group until Armijo's condition holds.
  void search() {
    constexpr int kHalvings = 30;
    std::vector<double> length(groups().size());
    for (std::size_t g = 0; g < length.size(); ++g) length[g] = decrement_[g] > 0 ? 1 : 0;
    move(length);
    for (int k = 0; k < kHalvings; ++k) {
      const std::vector<double> reached = evaluate();
      std::vector<double> back(groups().size());
      bool again = false;
      for (std::size_t g = 0; g < length.size(); ++g) {
        const double noise = kNoise * std::abs(objective_[g]);
        if (length[g] == 0 ||
            reached[g] <= objective_[g] - kArmijo * length[g] * decrement_[g] + noise) {
          continue;
        }
        length[g] /= 2;
        back[g] = -length[g];
        again = true;
      }
      if (!again) {
        for (std::size_t g = 0; g < length.size(); ++g) {
          // No progress beyond rounding.
          if (length[g] == 0 || reached[g] >= objective_[g]) done_[g] = 1;
        }
        objective_ = reached;
        return;
      }
      move(back);
    }
    std::fill(done_.begin(), done_.end(), char{1});
  }

  void move(std::span<const double> length) {
    const Direction& step = solver_.step();
    std::vector<double> by_output(problem_.n_outputs());
    for (std::size_t c = 0; c < by_output.size(); ++c) {
      by_output[c] = length[groups().of(c)];
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
  ConjugateGradients<T, Rows> solver_;
  std::vector<double> objective_;
  std::vector<double> zero_;
  std::vector<char> done_;
  std::vector<double> gap_;  // proven
  std::vector<double> decrement_;
  double forcing_ = kForcing;
  double left_ = std::numeric_limits<double>::infinity();  // sum of the last decrements
  std::size_t iteration_ = 0;
};

}  // namespace slimline
