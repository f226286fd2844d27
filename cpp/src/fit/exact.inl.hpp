// The body of exact.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "fit/choose.hpp"
#include "fit/dual_adapter.hpp"
#include "fit/exact.hpp"
#include "fit/facts.hpp"
#include "linear/auto_schedule.hpp"
#include "linear/exact_objective.hpp"
#include "linear/interior/interior_fit.hpp"
#include "linear/lbfgs/start.hpp"
#include "linear/newton_cg/newton_cg.hpp"
#include "linear/proximal/proximal_gradient.hpp"
#include "linear/relative_gap.hpp"
#include "linear/saga/saga.hpp"
#include "linear/sgd/descent.hpp"

namespace slimline {

template <class T, class Rows>
class SgdExact {
 public:
  SgdExact(const Rows& X, const SgdProblem<T>& problem) : X_(X), problem_(problem) {}

  SgdResult run() {
    const LinearFacts known = linear_facts(X_, problem_);
    const LinearEngine engine = choose_linear(known);
    if (engine != LinearEngine::interior) begin_at_zero();
    SgdResult result = run_engine(engine);
    if (engine != LinearEngine::interior) {
      settle_for_zero(result);
      if (!proven(result) && affordable(known)) result = safer(std::move(result));
    }
    settle_for_zero(result);
    result.converged = proven(result);
    return result;
  }

 private:
  static constexpr double kManyValues = 1e7;  // from here on steps a row find a start
  static constexpr double kStartTol = 0.03;   // for it
  static constexpr int kMostProofs = 6;

  // Not so where a gap is not a number.
  bool proven(const SgdResult& result) const { return result.gap <= problem_.options.tol; }

  // Far from all targets losses can have slopes that say nothing, so that a regression begins at
  // its zero model where the weights that it is given are no better.
  void begin_at_zero() const {
    if (problem_.targets.n_classes > 0) return;
    const std::vector<double> given = objectives();
    for (std::size_t c = 0; c < given.size(); ++c) {
      if (!(given[c] < zero(c))) take_zero_output(c);
    }
  }

  SgdResult run_engine(LinearEngine engine) const {
    switch (engine) {
      case LinearEngine::interior:
        return interior();
      case LinearEngine::dual_newton:
        return dual_newton();
      case LinearEngine::dual_dcd:
        return SgdDual<T, Rows>(X_, problem_, true).run();
      case LinearEngine::descent:
        return descent();
      case LinearEngine::proximal:
        return ProximalGradient<T, Rows>(X_, problem_).run();
      case LinearEngine::lbfgs:
        return quasi_newton();
      case LinearEngine::newton_cg:
        break;
    }
    return newton();
  }

  SgdResult interior() const { return SgdInterior<T, Rows>(X_, problem_).run(); }

  SgdResult quasi_newton() const {
    const std::vector<Matrix<double>> factors = QuasiNewtonStart<T, Rows>(X_, problem_).run();
    QuasiNewton<T, Rows> solver(X_, problem_, factors);
    const std::size_t most = problem_.options.max_iter;
    std::size_t passes = solver.run(most);
    SgdResult result;
    result.gap = solver.prove();
    for (int k = 0; k < kMostProofs && !solver.all_done() && passes < most; ++k) {
      passes += solver.run(most - passes);
      result.gap = solver.prove();
    }
    result.n_iter.assign(problem_.n_outputs(), passes);
    result.updates = passes * problem_.n_rows();
    result.objective = solver.objectives();
    return result;
  }

  SgdResult newton() const {
    SgdResult result = begin([&] {
      if constexpr (!Rows::kDense) {
        if (problem_.options.batch_size == 1) return SgdSaga<T, Rows>(X_, problem_).run();
      }
      return descend<T, Rows>(X_, problem_);
    });
    NewtonCg<T, Rows> solver(X_, problem_);
    const std::vector<double> gaps = solver.run(2 * problem_.options.max_iter);
    result.gap = *std::max_element(gaps.begin(), gaps.end());
    result.objective = solver.objectives();
    return result;
  }

  SgdResult dual_newton() const {
    if (static_cast<double>(X_.n_values()) >= kManyValues) {
      SgdOptions coarse = problem_.options;
      coarse.tol = std::max(coarse.tol, kStartTol);
      const SgdProblem<T> rough = problem_.with(problem_.targets, coarse, problem_.on_epoch);
      begin([&] { return descend<T, Rows>(X_, rough); });
    }
    return SgdDual<T, Rows>(X_, problem_, false).run();
  }

  // The end of run(), or where that goes to infinity, the zero model.
  template <class Run>
  SgdResult begin(const Run& run) const {
    try {
      return run();
    } catch (const std::invalid_argument&) {
      SgdResult result;
      result.n_iter.assign(problem_.n_outputs(), 0);
      for (std::size_t c = 0; c < problem_.n_outputs(); ++c) take_zero_output(c);
      return result;
    }
  }

  SgdResult descent() const {
    SgdResult result = begin([&] { return descend<T, Rows>(X_, problem_); });
    result.objective = objectives();
    result.gap = 0;
    for (std::size_t g = 0; g < result.objective.size(); ++g) {
      const double scale = gap_unit(result.objective[g], zero(g));
      if (scale > 0) result.gap = std::max(result.gap, result.objective[g] / scale);
    }
    return result;
  }

  // The safe engine after another one, which keeps what that did better.
  SgdResult safer(SgdResult before) const {
    const SgdWeights<T>& w = problem_.weights;
    const std::vector<T> coef(w.coef.data(), w.coef.data() + w.coef.rows() * w.coef.cols());
    const std::vector<double> intercept(w.intercept.begin(), w.intercept.end());
    const std::vector<double> reached = objectives();
    SgdResult result = interior();
    const std::vector<double> now = objectives();
    for (std::size_t g = 0; g < now.size(); ++g) {
      if (!(reached[g] < now[g])) continue;
      result.objective[g] = reached[g];
      for_outputs(g, [&](std::size_t c) {
        std::copy_n(&coef[c * w.coef.cols()], w.coef.cols(), w.coef.row(c));
        w.intercept[c] = intercept[c];
      });
    }
    for (std::size_t c = 0; c < result.n_iter.size(); ++c) {
      result.n_iter[c] = std::min(problem_.options.max_iter, result.n_iter[c] + before.n_iter[c]);
    }
    result.updates += before.updates;
    return result;
  }

  // The exact objective of each output, or of all together.
  std::vector<double> objectives() const {
    std::vector<double> each = exact_objectives<T>(
        X_, problem_, MatrixView<const T>(problem_.weights.coef), problem_.weights.intercept);
    if (!problem_.multinomial) return each;
    return {std::accumulate(each.begin(), each.end(), 0.0)};
  }
  double zero(std::size_t g) const {
    double sum = 0;
    for_outputs(g, [&](std::size_t c) { sum += problem_.zero[c].objective; });
    return sum;
  }
  template <class F>
  void for_outputs(std::size_t g, const F& f) const {
    const std::size_t n = problem_.multinomial ? problem_.n_outputs() : 1;
    for (std::size_t c = 0; c < n; ++c) f(problem_.multinomial ? c : g);
  }

  // Where an output has not gained by its weights, the zero model is better. The perceptron's
  // objective is least there, and of no use.
  void settle_for_zero(SgdResult& result) const {
    constexpr double kClose = 0.99;
    if (std::holds_alternative<Perceptron>(problem_.loss)) return;
    std::vector<double> exact;
    for (std::size_t g = 0; g < result.objective.size(); ++g) {
      if (result.objective[g] <= kClose * zero(g)) continue;
      if (exact.empty()) exact = objectives();
      const bool gained = exact[g] < zero(g);
      take_objective(g, gained ? exact[g] : zero(g), result);
      if (!gained) for_outputs(g, [&](std::size_t c) { take_zero_output(c); });
    }
  }
  // The bound that was proven stays where it is: the gap is that of the objective that is new.
  void take_objective(std::size_t g, double objective, SgdResult& result) const {
    const double before = result.objective[g];
    const double scale = gap_unit(objective, zero(g));
    result.objective[g] = objective;
    if (!(scale > 0)) return;
    const double left = result.gap * gap_unit(before, zero(g)) + (objective - before);
    result.gap = std::isnan(left) ? left : std::max(result.gap, left / scale);
  }
  void take_zero_output(std::size_t c) const {
    std::fill_n(problem_.weights.coef.row(c), problem_.n_features(), T{0});
    problem_.weights.intercept[c] = problem_.zero[c].intercept;
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
};

template <class T, class Rows>
SgdResult fit_exactly(const Rows& X, const SgdProblem<T>& given) {
  std::size_t epochs = 0;  // of all engines
  const EpochCallback counting = [&](std::size_t /*epoch*/, std::span<double> objectives) {
    return given.on_epoch(++epochs, objectives);
  };
  const EpochCallback none;
  const SgdProblem<T> problem =
      given.with(given.targets, given.options, given.on_epoch ? counting : none);
  const SgdResult result = SgdExact<T, Rows>(X, problem).run();
  const SgdWeights<T>& w = problem.weights;
  for (std::size_t c = 0; c < w.average_coef.rows(); ++c) {  // the optimum needs no averaging
    std::copy_n(w.coef.row(c), w.coef.cols(), w.average_coef.row(c));
    w.average_intercept[c] = w.intercept[c];
  }
  return result;
}

}  // namespace slimline
