#include "linear/interior/kinked.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linalg/lane_sum.hpp"
#include "linalg/refined_solve.hpp"
#include "linalg/row_products.hpp"
#include "linear/interior/dual_charge.hpp"
#include "linear/interior/kinks.hpp"
#include "linear/interior/split_weights.hpp"
#include "linear/relative_gap.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr double kInside = 0.995;  // of the way to the nearest bound (Mehrotra 1992)
constexpr double kReach = 1e3;     // longest step, in units of the largest weight, or of 1
constexpr double kLeast = 1e-16;   // complementarity at which rounding prevails, in units of zero
constexpr double kStuck = 1e-8;    // step that changes nothing
constexpr double kRidge = 1e-14;   // added to the Hessian, in units of its diagonal

class Kinked {
 public:
  Kinked(const InteriorTask& task, const InteriorOptions& options)
      : task_(task),
        options_(options),
        n_(task.rows.rows()),
        d_(task.rows.cols()),
        all_(n_),
        kinks_(task, task.intercept[0]),
        split_(task.l1, start(task)),
        weights_(d_ + 1),
        best_(1, d_ + 1),
        step_(d_ + 1),
        scores_(n_),
        gradient_(n_),
        curvature_(n_),
        hessian_(d_ + 1, d_ + 1),
        primal_(task.zero) {
    std::iota(all_.begin(), all_.end(), std::size_t{0});
    has_l2_ = std::ranges::any_of(task.l2, [](double l) { return l > 0; });
    weights_[d_] = best_(0, d_) = task.intercept[0];
  }

  InteriorSolution run(const InteriorWatch& watch) {
    InteriorSolution solution;
    while (gap() > options_.tol && solution.steps < options_.max_steps) {
      ++solution.steps;
      const bool moved = advance();
      bound();
      if (watch && watch(best_.view(), primal_)) throw Interrupted();
      if (!moved) break;
    }
    solution.converged = gap() <= options_.tol;
    solution.weights = std::move(best_);
    solution.primal = primal_;
    solution.dual = dual_;
    return solution;
  }

 private:
  // The products that split weights begin with: the size of those of the kinks.
  static double start(const InteriorTask& task) {
    return task.zero / static_cast<double>(std::max<std::size_t>(1, task.rows.rows()));
  }
  double gap() const { return relative_gap(primal_, dual_, task_.zero); }
  double n_products() const { return static_cast<double>(2 * kinks_.size() + split_.n_parts()); }

  // A predictor step, which aims at mu = 0, tells how far mu can fall; the corrector goes there.
  // Returns false if rounding prevents any step.
  bool advance() {
    const double before = kinks_.complementarity() + split_.complementarity();
    if (!(before > kLeast * task_.zero)) return false;
    score(weights_, scores_);
    const RefinedSystem system = linearised();
    solve_for(0, false, system);
    const StepLengths affine = lengths();
    const double after =
        kinks_.complementarity_after(affine) + split_.complementarity_after(affine);
    const double fall = std::max(0.0, after / before);
    solve_for(before / n_products() * fall * fall * fall, true, system);
    const StepLengths to_bounds = lengths();
    const StepLengths length{.primal = kInside * to_bounds.primal,
                             .dual = kInside * to_bounds.dual};
    kinks_.move(length);
    split_.move(length);
    for (std::size_t j = 0; j <= d_; ++j) weights_[j] += length.primal * step_[j];
    return std::max(length.primal, length.dual) > kStuck;
  }

  StepLengths lengths() const {
    StepLengths result;
    kinks_.limit(result);
    split_.limit(result);
    double now = 1;
    double change = 0;
    for (std::size_t j = 0; j <= d_; ++j) {
      now = std::max(now, std::abs(weights_[j]));
      change = std::max(change, std::abs(step_[j]));
    }
    // Where no penalty holds them, weights could go so far that float32 cannot hold them.
    if (change > kReach * now) result.primal = std::min(result.primal, kReach * now / change);
    // With an l2 norm the dual constraints contain weights, and hold where both move alike.
    if (has_l2_) result.primal = result.dual = std::min(result.primal, result.dual);
    return result;
  }

  // Newton's step towards products of `mu`.
  void solve_for(double mu, bool correct, const RefinedSystem& system) {
    kinks_.linearise(scores_, mu, correct);
    split_.linearise(mu, correct);
    kinks_.model(gradient_);
    std::vector<double> right(d_ + 1);
    sum(gradient_, right);
    for (std::size_t j = 0; j < d_; ++j) right[j] = -right[j] - task_.l2[j] * weights_[j];
    right[d_] = -right[d_];
    split_.add_to_right(right);
    for (const std::size_t j : unmoved_) right[j] = 0;
    system.solve(right);
    step_ = std::move(right);
    std::vector<double> along(n_);
    score(step_, along);
    kinks_.step(along);
    split_.step(step_);
  }

  // The system of both steps of an iteration. A coordinate that changes nothing keeps its place.
  RefinedSystem linearised() {
    weigh_rows();
    std::vector<double> diagonal(d_ + 1);
    std::ranges::copy(task_.l2, diagonal.begin());
    split_.add_to_diagonal(diagonal);
    unmoved_.clear();
    for (std::size_t j = 0; j <= d_; ++j) {
      hessian_(j, j) = (hessian_(j, j) + diagonal[j]) * (1 + kRidge);
      if ((j < d_ || task_.fit_intercept) && hessian_(j, j) > 0) continue;
      for (std::size_t i = 0; i <= d_; ++i) hessian_(i, j) = hessian_(j, i) = 0;
      hessian_(j, j) = 1;
      unmoved_.push_back(j);
    }
    return {hessian_.view(), 0};
  }

  // sum c z z' (curvature)
  void weigh_rows() {
    kinks_.curvature(curvature_);
    used_.clear();
    values_.clear();
    for (std::size_t i = 0; i < n_; ++i) {
      if (!(curvature_[i] > 0)) continue;
      used_.push_back(i);
      values_.push_back(curvature_[i]);
    }
    std::fill_n(hessian_.row(0), (d_ + 1) * (d_ + 1), 0.0);
    weighted_gram(task_.rows, used_, values_, {}, hessian_.view(), options_.n_threads);
    for (std::size_t i = 0; i <= d_; ++i) {
      for (std::size_t j = 0; j < i; ++j) hessian_(j, i) = hessian_(i, j);
    }
  }

  void score(std::span<const double> weights, std::span<double> scores) const {
    row_products(task_.rows, all_, weights.first(d_), scores, options_.n_threads);
    for (double& value : scores) value += weights[d_];
  }

  // sum_i a_i (z_i, 1)
  void sum(std::span<const double> a, std::span<double> sums) const {
    combine_rows(task_.rows, all_, a, sums.first(d_), options_.n_threads);
    sums[d_] = lane_sum(n_, [&](std::size_t i) { return a[i]; });
  }

  // Keeps the weights if they are the best so far, and the best bound.
  void bound() {
    std::vector<double> weights = weights_;
    split_.round_to_zero(weights);
    score(weights, scores_);
    const double primal = loss() + penalty(weights);
    if (primal < primal_) {
      primal_ = primal;
      std::ranges::copy(weights, best_.row(0));
    }
    const double gain = kinks_.dual(gradient_);
    Matrix<double> sums(1, d_ + 1);
    sum(gradient_, {sums.row(0), d_ + 1});
    for (const double factor : {1.0, feasible_factor(task_, sums.view())}) {
      const double charge = penalty_conjugate(task_, factor, sums.view(), best_.view());
      dual_ = std::max(dual_, factor * gain - charge);
    }
  }

  double loss() const {
    return with_loss(task_.loss, [&](const auto& l) {
      return lane_sum(n_, [&](std::size_t i) {
        return task_.cost[i] * l.at(scores_[i], task_.target[i], task_.epsilon).value;
      });
    });
  }

  double penalty(std::span<const double> weights) const {
    return lane_sum(d_, [&](std::size_t j) {
      const double w = weights[j];
      return task_.l1[j] * std::abs(w) + task_.l2[j] / 2 * w * w;
    });
  }

  const InteriorTask& task_;
  const InteriorOptions& options_;
  std::size_t n_;
  std::size_t d_;
  std::vector<std::size_t> all_;  // 0, 1, ..., n - 1
  Kinks kinks_;
  SplitWeights split_;
  bool has_l2_;
  std::vector<double> weights_;  // (d + 1): w and b
  Matrix<double> best_;
  std::vector<double> step_;
  std::vector<double> scores_;
  std::vector<double> gradient_;  // by row, times its cost
  std::vector<double> curvature_;
  Matrix<double> hessian_;
  std::vector<std::size_t> unmoved_;  // coordinates that change nothing
  std::vector<std::size_t> used_;     // scratch: rows with curvature
  std::vector<double> values_;        // and theirs
  double primal_;
  double dual_ = 0;  // no objective is below 0
};

}  // namespace

InteriorSolution solve_kinked(const InteriorTask& task, const InteriorOptions& options,
                              const InteriorWatch& watch) {
  if (!(task.zero > 0)) {
    InteriorSolution solution{.weights = Matrix<double>(1, task.rows.cols() + 1),
                              .converged = true};
    solution.weights(0, task.rows.cols()) = task.intercept[0];
    return solution;
  }
  return Kinked(task, options).run(watch);
}

}  // namespace slimline
