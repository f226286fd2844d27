// Hinge loss on sparse rows with schedule "auto": dual coordinate descent (dcd.hpp), since gradient
// steps stop far from the optimum on text. Minimises (1/n) sum_i s_i hinge + l2/2 |w_c|^2, each
// output a linear SVM of its own with costs s_i / (n l2), until its duality gap proves that it is
// within tol of the optimum. The weights that it is given are overwritten, not continued.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "algorithms/dcd.hpp"
#include "algorithms/sgd_problem.hpp"
#include "core/parallel.hpp"
#include "slimline/error.hpp"

namespace slimline {

template <class T, class Rows>
class SgdDual {
 public:
  SgdDual(const Rows& X, const SgdProblem<T>& problem)
      : X_(X.view()),
        problem_(problem),
        starts_(problem.n_outputs()),
        objectives_(problem.n_outputs()),
        passes_(problem.n_outputs()) {
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      tasks_.push_back(make_task(c));
      // That of zero weights, until a better one is known: every row loses its cost.
      const SvmTask& task = tasks_.back();
      for (std::size_t k = 0; k < task.size(); ++k) {
        objectives_[c] += problem.penalty.l2 * (task.upper[k] - task.lower[k]);
      }
    }
  }

  SgdResult run() {
    SgdResult result;
    double tol = kFirstTol;
    do {
      tol = tol * kTighter < kNear * problem_.options.tol ? problem_.options.tol : tol * kTighter;
      result.converged = solve(tol);
      if (tell()) throw Interrupted();
    } while (result.converged && tol > problem_.options.tol);
    result.n_iter = passes_;
    result.updates = *std::max_element(passes_.begin(), passes_.end()) * problem_.n_rows();
    return result;
  }

 private:
  static constexpr double kFirstTol = 1;
  static constexpr double kTighter = 0.03;  // from one publication of weights to the next
  static constexpr double kNear = 10;       // as near to the last, none is worth a start

  // Without a zero model: gaps are then relative to the objective alone.
  SvmTask make_task(std::size_t c) const {
    SvmTask task;
    task.fit_intercept = problem_.options.fit_intercept;
    const double share = 1 / (static_cast<double>(problem_.n_rows()) * problem_.penalty.l2);
    for (std::size_t k = 0; k < problem_.n_rows(); ++k) {
      const std::size_t i = problem_.row(k);
      const double cost = share * problem_.weight(i, c);
      add_row(task, i, problem_.target(i, c), cost, SvmLoss::hinge);
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
      SvmOptions options;
      options.max_iter =
          problem_.options.max_iter - std::min(problem_.options.max_iter, passes_[c]);
      options.tol = tol;
      solutions[c] = solve_dcd(X_, tasks_[c], options, starts_[c], watch);
      solutions[c].converged = solutions[c].gap <= options.tol;
    });
    for (std::size_t c = 0; c < tasks_.size(); ++c) publish(c, solutions[c]);
    return std::all_of(solutions.begin(), solutions.end(),
                       [](const SvmSolution& solution) { return solution.converged; });
  }

  void publish(std::size_t c, const SvmSolution& solution) {
    std::transform(solution.w.begin(), solution.w.end(), problem_.weights.coef.row(c),
                   [](double w) { return static_cast<T>(w); });
    problem_.weights.intercept[c] = solution.b;
    objectives_[c] = problem_.penalty.l2 * solution.primal;
    passes_[c] += solution.iterations;
    starts_[c] = end_of(tasks_[c], solution);
  }

  // Tells the caller, who may ask to stop, the objectives of the weights last published.
  bool tell() {
    std::vector<double> objectives = objectives_;
    return problem_.on_epoch && problem_.on_epoch(++told_, objectives);
  }

  SvmSamples X_;
  const SgdProblem<T>& problem_;
  std::vector<SvmTask> tasks_;
  std::vector<SvmStart> starts_;
  std::vector<double> objectives_;
  std::vector<std::size_t> passes_;
  std::size_t told_ = 0;
};

}  // namespace slimline
