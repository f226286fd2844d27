// L-BFGS preconditioned by one Gram matrix: the engine of schedule "auto" for smooth losses of few
// columns. Minimises (1/n) sum_i s_i loss + l2/2 |W|^2 from the given weights.
//
// The preconditioner is the factor of a matrix B near the Hessian (start.hpp), which removes the
// ill-conditioning of the columns. L-BFGS learns the difference between the Hessian and B (Nocedal
// & Wright, "Numerical Optimization", 2006, algorithm 7.4 with H_0 = B^-1). Each iteration is one
// pass over X. One-vs-rest outputs are separate problems that share B and the passes; with
// "multinomial" all outputs are one problem.
//
// Stops when both the gain that the model predicts and the gain of the last step are small compared
// with tol of the objective, or after max_passes. prove() then bounds the distance to the optimum
// (dual_polish.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "core/interrupt.hpp"
#include "kernels/dispatch.hpp"
#include "linalg/cholesky.hpp"
#include "linear/lbfgs/objective_pass.hpp"
#include "linear/newton_cg/dual_polish.hpp"
#include "linear/problem.hpp"
#include "linear/relative_gap.hpp"
#include "slimline/error.hpp"

namespace slimline {

// The inverse of the preconditioner, corrected by the last pairs of steps and gradient changes.
class LbfgsHistory {
 public:
  // How H_0 is applied: in place, on the weights of a problem.
  using Inverse = std::function<void(std::span<double>)>;

  void add(std::vector<double> step, std::vector<double> change);
  // direction = -H gradient
  std::vector<double> direction(std::span<const double> gradient, const Inverse& inverse) const;

 private:
  static constexpr std::size_t kPairs = 30;  // with 10, images take 1.5 times as many passes

  struct Pair {
    std::vector<double> step;
    std::vector<double> change;
    double inner;
  };
  std::deque<Pair> pairs_;
};

// One problem: the weights of each output, followed by its intercept.
struct QuasiNewtonProblem {
  std::vector<std::size_t> outputs;
  std::vector<double> point;
  std::vector<double> gradient;
  std::vector<double> step;
  double objective = 0;
  double length = 0;                                     // of the step on trial; 0 at the start
  double zero = 0;                                       // objective of the zero model
  double caution = 0;                                    // predicted gains are divided by it
  double gap = std::numeric_limits<double>::infinity();  // proven
  bool done = false;
  LbfgsHistory history;
};

template <class T, class Rows>
class QuasiNewton {
 public:
  // factors: of B, for (w, b), one or one per output.
  QuasiNewton(const Rows& X, const SgdProblem<T>& problem, std::span<const Matrix<double>> factors)
      : X_(X),
        problem_(problem),
        pass_(X, problem),
        stride_(problem.n_features() + 1),
        factors_(factors),
        weights_(problem.n_outputs(), problem.n_features()),
        gradient_(problem.n_outputs(), problem.n_features()) {
    problems_.resize(problem.multinomial ? 1 : problem.n_outputs());
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      problems_[problem.multinomial ? 0 : c].outputs.push_back(c);
    }
    for (QuasiNewtonProblem& p : problems_) start(p);
  }

  // Leaves the weights of the problem at the best point found; returns the passes made.
  std::size_t run(std::size_t max_passes) {
    const std::size_t before = passes_;
    std::vector<double> objectives(problem_.n_outputs());
    while (passes_ - before < max_passes && !all_done()) {
      evaluate_trials();
      ++passes_;
      for (const QuasiNewtonProblem& p : problems_) {
        for (const std::size_t c : p.outputs) objectives[c] = p.objective;
      }
      publish();
      if (problem_.on_epoch && problem_.on_epoch(passes_, objectives)) throw Interrupted();
    }
    return passes_ - before;
  }

  // The largest proven gap of all problems at the present weights. Problems whose gap is above tol
  // continue when run again, as far as rounding permits.
  double prove() {
    DualPolish<T, Rows> polish(X_, problem_, [this](const Direction& r, Direction& z) {
      for (const QuasiNewtonProblem& p : problems_) precondition(p, r, z);
    });
    Direction gradient(problem_.n_outputs(), problem_.n_features());
    std::vector<double> allowed;
    for (const QuasiNewtonProblem& p : problems_) {
      scatter(p, p.gradient, gradient);
      allowed.push_back(problem_.allowed(p.objective, p.zero));
    }
    const std::vector<double> left = polish.run(gradient, allowed);
    double largest = 0;
    for (std::size_t g = 0; g < problems_.size(); ++g) {
      QuasiNewtonProblem& p = problems_[g];
      p.gap = left[g] / gap_unit(p.objective, p.zero);
      largest = std::max(largest, p.gap);
      if (left[g] <= allowed[g] || p.length < kShortest) continue;
      p.done = false;
      p.caution *= kMoreCaution;
    }
    return largest;
  }

  // Of every problem.
  std::vector<double> objectives() const {
    std::vector<double> result;
    for (const QuasiNewtonProblem& p : problems_) result.push_back(p.objective);
    return result;
  }

  bool all_done() const {
    return std::all_of(problems_.begin(), problems_.end(), [](const auto& p) { return p.done; });
  }

 private:
  using Direction = NewtonDirection<T>;
  static constexpr double kArmijo = 1e-4;
  static constexpr double kCaution = 0.03;  // what B overestimates, the model underestimates
  static constexpr double kCautionOfMultinomial = 0.01;
  static constexpr double kGained = 10;  // steps gain less and less: the last one may have had more
  static constexpr double kNoise = sizeof(T) == 4 ? 1e-7 : 1e-15;
  static constexpr double kShortest = 1e-9;
  static constexpr double kMoreCaution = 0.1;

  void start(QuasiNewtonProblem& p) const {
    for (const std::size_t c : p.outputs) {
      const T* w = problem_.weights.coef.row(c);
      p.point.insert(p.point.end(), w, w + problem_.n_features());
      p.point.push_back(problem_.weights.intercept[c]);
      p.zero += problem_.zero[c].objective;
    }
    p.caution = problem_.multinomial ? kCautionOfMultinomial : kCaution;
    // Adding the same value to every output changes no probability, and only costs penalty.
    if (problem_.multinomial && problem_.penalty.l2 > 0) center(p.point);
    p.step.assign(p.point.size(), 0.0);
  }

  // One pass over X at point + length step of every problem that runs.
  void evaluate_trials() {
    std::vector<std::size_t> outputs;
    for (const QuasiNewtonProblem& p : problems_) {
      if (p.done) continue;
      for (std::size_t r = 0; r < p.outputs.size(); ++r) {
        T* w = weights_.coef.row(outputs.size());
        const std::size_t begin = r * stride_;
        for (std::size_t j = 0; j < stride_ - 1; ++j) {
          w[j] = static_cast<T>(p.point[begin + j] + p.length * p.step[begin + j]);
        }
        weights_.intercept[outputs.size()] =
            p.point[begin + stride_ - 1] + p.length * p.step[begin + stride_ - 1];
        outputs.push_back(p.outputs[r]);
      }
    }
    pass_.run(weights_, outputs, gradient_);
    std::size_t first = 0;
    for (QuasiNewtonProblem& p : problems_) {
      if (p.done) continue;
      judge(p, first);
      first += p.outputs.size();
    }
  }

  // Accepts the trial whose results begin at row `first` and takes the next direction, or halves
  // the step.
  void judge(QuasiNewtonProblem& p, std::size_t first) {
    std::vector<double> point = p.point;
    for (std::size_t j = 0; j < point.size(); ++j) point[j] += p.length * p.step[j];
    std::vector<double> gradient(point.size());
    double objective = 0;
    for (std::size_t r = 0; r < p.outputs.size(); ++r) {
      objective += gradient_.loss[first + r];
      const std::size_t begin = r * stride_;
      for (std::size_t j = 0; j < stride_ - 1; ++j) {
        const double w = point[begin + j];
        objective += problem_.penalty.l2 / 2 * w * w;
        gradient[begin + j] = gradient_.coef(first + r, j) + problem_.penalty.l2 * w;
      }
      if (problem_.options.fit_intercept) {
        gradient[begin + stride_ - 1] = gradient_.intercept[first + r];
      }
    }
    const double slope = inner(p.gradient, p.step);
    const double noise = kNoise * std::abs(p.objective);
    if (p.length > 0 && !(objective <= p.objective + kArmijo * p.length * slope + noise)) {
      p.length /= 2;
      p.done = p.length < kShortest;  // rounding permits no further progress
      return;
    }
    accept(p, objective, std::move(point), std::move(gradient));
  }

  void accept(QuasiNewtonProblem& p, double objective, std::vector<double> point,
              std::vector<double> gradient) {
    const bool first = p.length == 0;
    const double gained = p.objective - objective;
    if (!first) {
      std::vector<double> change(gradient);
      for (std::size_t j = 0; j < change.size(); ++j) {
        change[j] -= p.gradient[j];
        p.step[j] *= p.length;
      }
      p.history.add(std::move(p.step), std::move(change));
    }
    p.point = std::move(point);
    p.gradient = std::move(gradient);
    p.objective = objective;
    p.step = p.history.direction(p.gradient, [&](std::span<double> x) { precondition(p, x); });
    p.length = 1;
    const double expected = -inner(p.gradient, p.step) / 2;
    const double enough = p.caution * problem_.allowed(objective, p.zero);
    p.done = expected <= enough && (first || gained <= kGained * enough);
  }

  static double inner(std::span<const double> a, std::span<const double> b) {
    return kernels::vector_kernels<double>().dot(a.data(), b.data(), std::min(a.size(), b.size()));
  }

  // Subtracts the mean over the outputs from the weights of every output.
  void center(std::span<double> x) const {
    const std::size_t n = x.size() / stride_;
    for (std::size_t j = 0; j < stride_; ++j) {
      double sum = 0;
      for (std::size_t r = 0; r < n; ++r) sum += x[r * stride_ + j];
      for (std::size_t r = 0; r < n; ++r) x[r * stride_ + j] -= sum / static_cast<double>(n);
    }
  }

  // With "multinomial" the result is projected to weights whose mean over the outputs is zero. B is
  // block-diagonal and would not keep them so.
  void precondition(const QuasiNewtonProblem& p, std::span<double> x) const {
    if (problem_.multinomial) center(x);
    for (std::size_t r = 0; r < p.outputs.size(); ++r) {
      check_interrupt();
      const Matrix<double>& factor = factors_[factors_.size() == 1 ? 0 : p.outputs[r]];
      substitute(factor.view(), x.subspan(r * stride_, stride_));
    }
    if (problem_.multinomial) center(x);
  }

  // z = H r for the inverse Hessian H that the pairs have learned.
  void precondition(const QuasiNewtonProblem& p, const Direction& r, Direction& z) const {
    std::vector<double> x;
    for (const std::size_t c : p.outputs) {
      x.insert(x.end(), r.coef.row(c), r.coef.row(c) + stride_ - 1);
      x.push_back(r.intercept[c]);
    }
    for (double& value : x) value = -value;
    scatter(p, p.history.direction(x, [&](std::span<double> y) { precondition(p, y); }), z);
  }
  void scatter(const QuasiNewtonProblem& p, std::span<const double> x, Direction& out) const {
    for (std::size_t r = 0; r < p.outputs.size(); ++r) {
      std::copy_n(x.data() + r * stride_, stride_ - 1, out.coef.row(p.outputs[r]));
      out.intercept[p.outputs[r]] = x[r * stride_ + stride_ - 1];
    }
  }

  void publish() const {
    for (const QuasiNewtonProblem& p : problems_) {
      for (std::size_t r = 0; r < p.outputs.size(); ++r) {
        const double* w = p.point.data() + r * stride_;
        std::transform(w, w + stride_ - 1, problem_.weights.coef.row(p.outputs[r]),
                       [](double value) { return static_cast<T>(value); });
        problem_.weights.intercept[p.outputs[r]] = w[stride_ - 1];
      }
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  ObjectivePass<T, Rows> pass_;
  std::size_t passes_ = 0;
  std::size_t stride_;
  std::span<const Matrix<double>> factors_;
  std::vector<QuasiNewtonProblem> problems_;
  OutputWeights<T> weights_;        // on trial
  OutputWeights<double> gradient_;  // there
};

}  // namespace slimline
