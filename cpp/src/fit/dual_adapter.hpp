// Losses with kinks and an l2 norm, with schedule "auto": solved by the engines of the SVMs, since
// gradient steps stop far from the optimum and prove nothing. Minimises
// (1/n) sum_i s_i loss + l2/2 |w_c|^2. Each output is a linear SVM with costs s_i / (n l2), solved
// to a relative duality gap of tol: by dual coordinate descent (dcd.hpp) where there are many
// columns, else by multipliers and Newton steps (newton.hpp). The latter start from the given
// weights, unless these are zero.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <variant>
#include <vector>

#include "core/parallel.hpp"
#include "linear/problem.hpp"
#include "slimline/error.hpp"
#include "svm/dcd/dcd.hpp"
#include "svm/newton/newton.hpp"

namespace slimline {

template <class T, class Rows>
class SgdDual {
 public:
  // many_columns: whether they are for coordinate descent.
  SgdDual(const Rows& X, const SgdProblem<T>& problem, bool many_columns)
      : X_(X.view()),
        problem_(problem),
        many_columns_(many_columns),
        starts_(problem.n_outputs()),
        passes_(problem.n_outputs()),
        gaps_(problem.n_outputs()) {
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      tasks_.push_back(make_task(c));
      objectives_.push_back(problem.zero[c].objective);
      const T* w = problem.weights.coef.row(c);
      if (many_columns || std::all_of(w, w + problem.n_features(), [](T x) { return x == 0; })) {
        continue;
      }
      starts_[c] = {
          .w = {w, w + problem.n_features()}, .b = problem.weights.intercept[c], .beta = {}};
    }
  }

  SgdResult run() {
    SgdResult result;
    const double last = std::max(problem_.options.tol, kMinTol);
    double tol = many_columns_ ? kFirstTol : last;
    do {
      tol = tol * kTighter < kNear * last ? last : tol * kTighter;
      result.converged = solve(tol);
      if (tell()) throw Interrupted();
    } while (result.converged && tol > last);
    result.n_iter = passes_;
    result.updates = *std::max_element(passes_.begin(), passes_.end()) * problem_.n_rows();
    result.objective = objectives_;
    result.gap = *std::max_element(gaps_.begin(), gaps_.end());
    return result;
  }

 private:
  static constexpr double kMinTol = 1e-9;
  static constexpr double kFirstTol = 1;
  static constexpr double kTighter = 0.03;  // from one publication of weights to the next
  static constexpr double kNear = 10;       // as near to the last, none is worth a start

  SvmTask make_task(std::size_t c) const {
    const bool hinge = std::holds_alternative<Hinge>(problem_.loss);
    SvmTask task;
    task.fit_intercept = problem_.options.fit_intercept;
    task.zero_objective = problem_.zero[c].objective / problem_.penalty.l2;
    task.zero_intercept = problem_.zero[c].intercept;
    task.epsilon = hinge ? 0 : problem_.options.epsilon;
    const double share = 1 / (static_cast<double>(problem_.n_rows()) * problem_.penalty.l2);
    for (std::size_t k = 0; k < problem_.n_rows(); ++k) {
      const std::size_t i = problem_.row(k);
      const double cost = share * problem_.weight(i, c);
      add_row(task, i, problem_.target(i, c), cost,
              hinge ? SvmLoss::hinge : SvmLoss::epsilon_insensitive);
    }
    return task;
  }

  // Brings every output within tol of its optimum and publishes it; false where max_iter passes do
  // not suffice.
  bool solve(double tol) {
    const auto caller = std::this_thread::get_id();  // the one that signals reach
    std::atomic<bool> stop{false};
    std::vector<SvmSolution> solutions(tasks_.size());
    run_chunks(tasks_.size(), problem_.options.n_threads, [&](std::size_t c) {
      if (std::this_thread::get_id() == caller && tell()) stop = true;
      const SvmWatch watch = [&](std::size_t /*passes*/, double /*gap*/) {
        if (std::this_thread::get_id() == caller && tell()) stop = true;
        return stop.load();
      };
      solutions[c] = solve_one(c, tol, watch);
    });
    for (std::size_t c = 0; c < tasks_.size(); ++c) publish(c, solutions[c]);
    return std::all_of(gaps_.begin(), gaps_.end(), [&](double gap) { return gap <= tol; });
  }

  SvmSolution solve_one(std::size_t c, double tol, const SvmWatch& watch) {
    if (problem_.zero[c].objective == 0) return zero_solution(c);
    SvmOptions options;
    options.tol = tol;
    options.max_iter = problem_.options.max_iter - std::min(problem_.options.max_iter, passes_[c]);
    const auto engine = many_columns_ ? solve_dcd : solve_newton;
    SvmSolution solution = engine(X_, tasks_[c], options, starts_[c], watch);
    passes_[c] += solution.iterations;
    return solution;
  }

  // Where no row costs anything, or all are of one class.
  SvmSolution zero_solution(std::size_t c) const {
    SvmSolution solution;
    solution.w.assign(problem_.n_features(), 0.0);
    solution.b = problem_.zero[c].intercept;
    return solution;
  }

  void publish(std::size_t c, const SvmSolution& solution) {
    std::transform(solution.w.begin(), solution.w.end(), problem_.weights.coef.row(c),
                   [](double w) { return static_cast<T>(w); });
    problem_.weights.intercept[c] = solution.b;
    objectives_[c] = problem_.penalty.l2 * solution.primal;
    gaps_[c] = solution.gap;
    starts_[c] = end_of(tasks_[c], solution);
  }

  // Tells the caller, who may ask to stop, the objectives of the weights last published.
  bool tell() {
    std::vector<double> objectives = objectives_;
    return problem_.on_epoch && problem_.on_epoch(++told_, objectives);
  }

  AnySamples X_;
  const SgdProblem<T>& problem_;
  bool many_columns_;
  std::vector<SvmTask> tasks_;
  std::vector<SvmStart> starts_;
  std::vector<double> objectives_;
  std::vector<std::size_t> passes_;
  std::vector<double> gaps_;
  std::size_t told_ = 0;
};

}  // namespace slimline
