// Accelerated proximal gradient steps: what schedule "auto" means for smooth losses with an l1 norm
// where columns are too many for interior.hpp. Minimises (1/n) sum_i s_i loss + l1 |W|_1 + l2/2
// |W|^2 from zero weights.
//
// Every column has a step size of its own, by its mean square, times one factor for all, which
// grows where the gradient changes faster than that. Momentum begins anew where it points uphill
// (Beck & Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm", SIAM J. Imaging Sci. 2,
// 2009; O'Donoghue & Candes, "Adaptive Restart for Accelerated Gradient Schemes", Found. Comput.
// Math. 15, 2015). Each step is one pass over X (objective_pass.hpp). Slopes of the losses, shrunk
// until the l1 norm allows them, are dual variables: their conjugates, which are 0 at slope 0 and
// convex, shrink at least as much, so that every pass proves a lower bound. Ends when the best
// point is within tol of it, or after max_passes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "algorithms/column_moments.hpp"
#include "algorithms/interior.hpp"
#include "algorithms/objective_pass.hpp"
#include "algorithms/relative_gap.hpp"
#include "algorithms/sgd_problem.hpp"
#include "slimline/error.hpp"

namespace slimline {

// One problem: output by output, each with its intercept behind its weights.
struct ProximalProblem {
  std::vector<std::size_t> outputs;
  std::vector<double> point;     // where the gradient is taken
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
      : problem_(problem),
        pass_(X, problem),
        stride_(problem.n_features() + 1),
        weights_(problem.n_outputs(), problem.n_features()),
        sums_(problem.n_outputs(), problem.n_features()) {
    take_curvatures(column_moments(X, problem));
    problems_.resize(problem.multinomial ? 1 : problem.n_outputs());
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      ProximalProblem& p = problems_[problem.multinomial ? 0 : c];
      p.outputs.push_back(c);
      p.point.insert(p.point.end(), stride_ - 1, 0.0);
      p.point.push_back(problem.zero[c].intercept);
      p.zero += problem.zero[c].objective;
    }
    for (ProximalProblem& p : problems_) p.best = p.reached = p.point;
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
    for (const ProximalProblem& p : problems_) {
      result.objective.push_back(p.primal);
      result.gap = std::max(result.gap, relative_gap(p.primal, p.dual, p.zero));
    }
    return result;
  }

 private:
  static constexpr double kFar = 10;  // as in dual_change.hpp
  static constexpr double kGrowth = 1.5;

  bool all_done() const {
    return std::all_of(problems_.begin(), problems_.end(), [](const auto& p) { return p.done; });
  }
  double l1(std::size_t i) const { return i % stride_ < stride_ - 1 ? problem_.penalty.l1 : 0; }
  double l2(std::size_t i) const { return i % stride_ < stride_ - 1 ? problem_.penalty.l2 : 0; }
  double curvature(const ProximalProblem& p, std::size_t i) const {
    return p.factor * curvature_[i % stride_] + l2(i);
  }

  // Bounds of the loss' second derivatives by each weight; columns without values stay at zero.
  void take_curvatures(const ColumnMoments& moments) {
    const double share = problem_.lipschitz() / static_cast<double>(problem_.n_rows());
    for (const double sum : moments.sums) curvature_.push_back(sum > 0 ? share * sum : 1);
    for (const double c : curvature_) size_.push_back(std::sqrt(c / problem_.lipschitz()));
    curvature_.push_back(share * std::max(moments.weight, 1e-300));
  }

  void evaluate() {
    std::vector<std::size_t> outputs;
    for (const ProximalProblem& p : problems_) {
      if (p.done) continue;
      for (std::size_t r = 0; r < p.outputs.size(); ++r) {
        const double* w = p.point.data() + r * stride_;
        std::transform(w, w + stride_ - 1, weights_.coef.row(outputs.size()),
                       [](double value) { return static_cast<T>(value); });
        weights_.intercept[outputs.size()] = w[stride_ - 1];
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
    }
    prove(p, loss, gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += l2(i) * p.point[i];
    if (p.done) return;
    if (too_long(p, gradient)) {
      p.factor *= kGrowth;
      p.momentum = 1;
    }
    step(p, std::move(gradient));
  }

  // gradient: of the loss alone.
  void prove(ProximalProblem& p, double loss, std::span<const double> gradient) {
    double objective = loss;
    double linear = loss;  // minus the mean conjugate
    double most = 0;
    double largest = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double w = p.point[i];
      objective += l1(i) * std::abs(w) + l2(i) / 2 * w * w;
      linear -= gradient[i] * w;
      if (l1(i) > 0) most = std::max(most, std::abs(gradient[i]) / l1(i));
      if (i % stride_ < stride_ - 1) {
        largest = std::max(largest, std::abs(w) * size_[i % stride_]);
      }
    }
    if (objective < p.primal) {
      p.primal = objective;
      p.best = p.point;
    }
    largest = std::max(largest, problem_.zero[p.outputs[0]].unit);
    const double shrunk = problem_.penalty.l2 > 0 || most <= 1 ? 1 : 1 / most;
    for (const double factor : {1.0, shrunk}) {
      p.dual = std::max(p.dual, factor * linear - charge(p, gradient, factor, largest));
    }
    p.done = p.primal - p.dual <= problem_.allowed(p.primal, p.zero);
  }

  // What the penalty's conjugate is at `factor` times the gradient of the loss.
  double charge(const ProximalProblem& p, std::span<const double> gradient, double factor,
                double largest) const {
    double sum = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double over = std::max(0.0, std::abs(factor * gradient[i]) - l1(i));
      if (over == 0) continue;
      const bool intercept = i % stride_ == stride_ - 1;
      const double far =
          kFar * (intercept ? largest + std::abs(p.point[i]) : largest / size_[i % stride_]);
      sum += l2(i) > 0 ? std::min(far * over, over * over / (2 * l2(i))) : far * over;
    }
    return sum;
  }

  // Whether the gradient has changed faster, since the point before, than the curvatures say.
  bool too_long(const ProximalProblem& p, std::span<const double> gradient) const {
    double change = 0;
    double bound = 0;
    for (std::size_t i = 0; i < p.last.size(); ++i) {
      const double move = p.point[i] - p.last[i];
      change += move * (gradient[i] - p.gradient[i]);
      bound += curvature(p, i) * move * move;
    }
    return change > bound;
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
        problem_.weights.intercept[p.outputs[r]] = w[stride_ - 1];
      }
    }
  }

  const SgdProblem<T>& problem_;
  ObjectivePass<T, Rows> pass_;
  std::size_t stride_;
  std::vector<double> curvature_;  // of each weight and the intercept
  std::vector<double> size_;       // of each column
  std::vector<ProximalProblem> problems_;
  OutputWeights<T> weights_;
  OutputWeights<double> sums_;
};

}  // namespace slimline
