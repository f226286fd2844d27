// Accelerated proximal gradient: the engine of schedule "auto" for smooth losses with an l1 norm
// where there are too many columns for interior.hpp. Minimises
// (1/n) sum_i s_i loss + l1 |W|_1 + l2/2 |W|^2 from zero weights.
//
// The curvature assumed for a column is its mean square about its mean (proximal_columns.hpp),
// times one factor for all columns. Where the gradient changes faster than that, the factor grows
// and the step is repeated. Momentum restarts where it points uphill (Beck & Teboulle, "A Fast
// Iterative Shrinkage-Thresholding Algorithm", SIAM J. Imaging Sci. 2, 2009; O'Donoghue & Candes,
// "Adaptive Restart for Accelerated Gradient Schemes", Found. Comput. Math. 15, 2015). Each step is
// one pass over X (objective_pass.hpp).
//
// The gradients of the losses, scaled down until they satisfy the constraint of the l1 norm, are
// dual variables. Their conjugates are convex and 0 at 0, so that they shrink at least as much.
// Every pass therefore proves a lower bound, less a bound of the rounding errors. Stops when the
// best point is within tol of the lower bound, or after max_passes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "linear/exact_objective.hpp"
#include "linear/lbfgs/objective_pass.hpp"
#include "linear/problem.hpp"
#include "linear/proximal/proximal_columns.hpp"
#include "linear/relative_gap.hpp"
#include "slimline/error.hpp"

namespace slimline {

// One problem: output by output, each with its intercept behind its weights.
struct ProximalProblem {
  std::vector<std::size_t> outputs;
  std::vector<double> point;     // where the gradient is taken, as all by centred columns
  std::vector<double> origin;    // of the weights and intercepts: the zero model
  std::vector<double> reached;   // by the last step
  std::vector<double> last;      // the point before, and
  std::vector<double> gradient;  // its gradient
  std::vector<double> best;
  double momentum = 1;
  double factor = 1;  // of the curvatures
  double zero = 0;
  double primal = std::numeric_limits<double>::infinity();
  double dual = 0;
  bool done = false;
};

template <class T, class Rows>
class ProximalGradient {
 public:
  ProximalGradient(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        columns_(ProximalColumns::of(X, problem)),
        pass_(X, problem),
        stride_(problem.n_features() + 1),
        weights_(problem.n_outputs(), problem.n_features()),
        sums_(problem.n_outputs(), problem.n_features()) {
    problems_.resize(problem.multinomial ? 1 : problem.n_outputs());
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      ProximalProblem& p = problems_[problem.multinomial ? 0 : c];
      p.outputs.push_back(c);
      p.point.insert(p.point.end(), stride_ - 1, 0.0);
      p.point.push_back(problem.zero[c].intercept);
      p.zero += problem.zero[c].objective;
    }
    for (ProximalProblem& p : problems_) p.best = p.reached = p.origin = p.point;
  }

  SgdResult run() {
    SgdResult result;
    std::size_t passes = 0;
    while (passes < problem_.options.max_iter && !all_done()) {
      evaluate();
      ++passes;
      if (problem_.on_epoch && tell(passes)) throw Interrupted();
    }
    publish();
    result.n_iter.assign(problem_.n_outputs(), passes);
    result.updates = passes * problem_.n_rows();
    result.gap = 0;
    const std::vector<double> exact = exact_objectives<T>(
        X_, problem_, MatrixView<const T>(problem_.weights.coef), problem_.weights.intercept);
    for (ProximalProblem& p : problems_) {
      p.primal = 0;
      for (const std::size_t c : p.outputs) p.primal += exact[c];
      result.objective.push_back(p.primal);
      result.gap = std::max(result.gap, relative_gap(p.primal, p.dual, p.zero));
    }
    return result;
  }

 private:
  static constexpr double kFar = 10;  // as in dual_change.hpp
  static constexpr double kGrowth = 1.5;
  static constexpr double kMostGrowth = 1e3;

  bool all_done() const {
    return std::all_of(problems_.begin(), problems_.end(), [](const auto& p) { return p.done; });
  }
  double l1(std::size_t i) const { return i % stride_ < stride_ - 1 ? problem_.penalty.l1 : 0; }
  double l2(std::size_t i) const { return i % stride_ < stride_ - 1 ? problem_.penalty.l2 : 0; }
  double curvature(const ProximalProblem& p, std::size_t i) const {
    return p.factor * columns_.curvature[i % stride_] + l2(i);
  }

  void evaluate() {
    std::vector<std::size_t> outputs;
    for (const ProximalProblem& p : problems_) {
      if (p.done) continue;
      for (std::size_t r = 0; r < p.outputs.size(); ++r) {
        const double* w = p.point.data() + r * stride_;
        std::transform(w, w + stride_ - 1, weights_.coef.row(outputs.size()),
                       [](double value) { return static_cast<T>(value); });
        weights_.intercept[outputs.size()] = columns_.intercept({w, stride_});
        outputs.push_back(p.outputs[r]);
      }
    }
    pass_.run(weights_, outputs, sums_);
    std::size_t first = 0;
    for (ProximalProblem& p : problems_) {
      if (p.done) continue;
      take(p, first);
      first += p.outputs.size();
    }
  }

  // The results of a pass begin at row `first`: proves, and takes the next step.
  void take(ProximalProblem& p, std::size_t first) {
    std::vector<double> gradient(p.point.size());
    double loss = 0;
    for (std::size_t r = 0; r < p.outputs.size(); ++r) {
      loss += sums_.loss[first + r];
      std::copy_n(sums_.coef.row(first + r), stride_ - 1, &gradient[r * stride_]);
      if (problem_.options.fit_intercept) {
        gradient[r * stride_ + stride_ - 1] = sums_.intercept[first + r];
      }
      columns_.centre_gradient(std::span(gradient).subspan(r * stride_, stride_));
    }
    prove(p, loss, gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += l2(i) * p.point[i];
    if (p.done) return;
    const double growth = too_long(p, loss, gradient);
    if (growth > 1) {
      p.factor *= growth;
      p.momentum = 1;
      p.reached = p.point = p.last;
      gradient = p.gradient;
    }
    step(p, std::move(gradient));
  }

  // gradient: of the loss alone.
  void prove(ProximalProblem& p, double loss, std::span<const double> gradient) {
    double objective = loss;
    double linear = loss;  // minus the mean conjugate, with intercepts that count from the origin
    double most = 0;
    double largest = 0;
    const double slope = slope_of(loss);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double w = p.point[i];
      objective += l1(i) * std::abs(w) + l2(i) / 2 * w * w;
      linear -= gradient[i] * (w - p.origin[i]);
      if (i % stride_ == stride_ - 1) continue;
      if (l1(i) > 0) most = std::max(most, upper(gradient, i, slope) / l1(i));
      largest = std::max(largest, std::abs(w) * columns_.size[i % stride_]);
    }
    if (objective < p.primal) {
      p.primal = objective;
      p.best = p.point;
    }
    largest = std::max(largest, problem_.zero[p.outputs[0]].unit);
    const double shrunk = problem_.penalty.l2 > 0 || most <= 1 ? 1 : 1 / most;
    linear -= error(slope, p.point);
    // Slopes that were cut (kMaxSlope) say nothing.
    const bool whole = slope * std::sqrt(static_cast<double>(problem_.n_rows())) < kMaxSlope;
    for (const double factor : {1.0, shrunk}) {
      const double bound = factor * linear - charge(p, gradient, slope, factor, largest);
      if (whole && bound > p.dual) p.dual = bound;
    }
    p.done = p.primal - p.dual <= problem_.allowed(p.primal, p.zero);
  }

  // No less than the root of the mean square of the slopes whose mean loss this is.
  double slope_of(double loss) const { return std::sqrt(2 * problem_.max_curvature() * loss); }
  // What rounding may add to mean slope (x'w + b), over all outputs.
  double error(double slope, std::span<const double> w) const {
    double sum = 0;
    for (std::size_t i = 0; i < w.size(); i += stride_) {
      sum += columns_.error(slope, w.subspan(i, stride_));
    }
    return sum;
  }
  // What the gradient by a weight may be without rounding.
  double upper(std::span<const double> gradient, std::size_t i, double slope) const {
    const std::size_t j = i % stride_;
    const bool free = j == stride_ - 1 || columns_.constant[j] != 0;
    return std::abs(gradient[i]) + (free ? 0 : slope * columns_.rounding[j]);
  }

  // What the penalty's conjugate is at `factor` times the gradient of the loss.
  double charge(const ProximalProblem& p, std::span<const double> gradient, double slope,
                double factor, double largest) const {
    double sum = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double over = std::max(0.0, factor * upper(gradient, i, slope) - l1(i));
      if (over == 0) continue;
      const bool intercept = i % stride_ == stride_ - 1;
      const double far = kFar * (intercept ? largest + std::abs(p.point[i] - p.origin[i])
                                           : largest / columns_.size[i % stride_]);
      sum += l2(i) > 0 ? std::min(far * over, over * over / (2 * l2(i))) : far * over;
    }
    return sum;
  }

  // By how much more the curvatures have to be, since the gradient has changed faster than they
  // say since the point before; 1 where that is not so, or may be rounding.
  double too_long(const ProximalProblem& p, double loss, std::span<const double> gradient) const {
    double change = 0;
    double bound = 0;
    std::vector<double> moves(p.last.size());
    for (std::size_t i = 0; i < p.last.size(); ++i) {
      moves[i] = p.point[i] - p.last[i];
      change += moves[i] * (gradient[i] - p.gradient[i]);
      bound += curvature(p, i) * moves[i] * moves[i];
    }
    const double slope = slope_of(loss) + problem_.max_curvature() * error(1, p.point);
    if (moves.empty() || change <= bound + error(slope, moves)) return 1;
    const double growth = change / bound;
    return std::isfinite(growth) ? std::max(kGrowth, growth) : kMostGrowth;
  }

  void step(ProximalProblem& p, std::vector<double> gradient) {
    double uphill = 0;
    std::vector<double> next(p.point.size());
    for (std::size_t i = 0; i < next.size(); ++i) {
      const double h = curvature(p, i);
      const double target = p.point[i] - gradient[i] / h;
      next[i] = std::copysign(std::max(0.0, std::abs(target) - l1(i) / h), target);
      uphill += h * (p.point[i] - next[i]) * (next[i] - p.reached[i]);
    }
    if (uphill > 0) p.momentum = 1;
    const double momentum = (1 + std::sqrt(1 + 4 * p.momentum * p.momentum)) / 2;
    const double ahead = (p.momentum - 1) / momentum;
    p.momentum = momentum;
    p.last = p.point;
    p.gradient = std::move(gradient);
    for (std::size_t i = 0; i < next.size(); ++i) {
      p.point[i] = next[i] + ahead * (next[i] - p.reached[i]);
    }
    p.reached = std::move(next);
  }

  bool tell(std::size_t passes) {
    publish();
    std::vector<double> objectives(problem_.n_outputs());
    for (const ProximalProblem& p : problems_) {
      for (const std::size_t c : p.outputs) objectives[c] = p.primal;
    }
    return problem_.on_epoch(passes, objectives);
  }
  void publish() const {
    for (const ProximalProblem& p : problems_) {
      for (std::size_t r = 0; r < p.outputs.size(); ++r) {
        const double* w = p.best.data() + r * stride_;
        std::transform(w, w + stride_ - 1, problem_.weights.coef.row(p.outputs[r]),
                       [](double value) { return static_cast<T>(value); });
        problem_.weights.intercept[p.outputs[r]] = columns_.intercept({w, stride_});
      }
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  ProximalColumns columns_;
  ObjectivePass<T, Rows> pass_;
  std::size_t stride_;
  std::vector<ProximalProblem> problems_;
  OutputWeights<T> weights_;
  OutputWeights<double> sums_;
};

}  // namespace slimline
