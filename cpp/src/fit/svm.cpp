// From labels and costs to tasks, from an engine's dual point to a certified solution.
#include "slimline/svm.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/parallel.hpp"
#include "fit/choose.hpp"
#include "linalg/centred_rows.hpp"
#include "linalg/row_products.hpp"
#include "slimline/error.hpp"
#include "svm/dcd/dcd.hpp"
#include "svm/newton/newton.hpp"
#include "svm/smo/smo.hpp"
#include "svm/task.hpp"
#include "svm/zero_model.hpp"

namespace slimline {
namespace {

constexpr std::size_t kLastBlocks = 10;  // of smo where others failed: what it can do it does soon
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kAim = 1e-12;    // of P0, where engines no longer ask for digits of P
constexpr double kHidden = 1e-5;  // of a gap that is wanted, that rounding may hide

SvmTask empty_task(const SvmOptions& options, std::size_t capacity) {
  SvmTask task;
  task.rows.reserve(capacity);
  for (auto* values : {&task.target, &task.lower, &task.upper, &task.ridge}) {
    values->reserve(capacity);
  }
  task.fit_intercept = options.fit_intercept;
  const bool regression = options.loss == SvmLoss::epsilon_insensitive ||
                          options.loss == SvmLoss::squared_epsilon_insensitive;
  task.epsilon = regression ? options.epsilon : 0;
  return task;
}

// The classes on the two sides of a problem; negative = kRest: all others.
struct Sides {
  static constexpr std::int64_t kRest = -1;
  std::int64_t positive;
  std::int64_t negative;
};

std::vector<Sides> problem_sides(std::size_t n_classes, SvmScheme scheme) {
  if (n_classes == 2) return {{1, 0}};
  std::vector<Sides> sides;
  const auto n = static_cast<std::int64_t>(n_classes);
  for (std::int64_t i = 0; i < n; ++i) {
    if (scheme == SvmScheme::one_vs_rest) {
      sides.push_back({i, Sides::kRest});
      continue;
    }
    for (std::int64_t j = i + 1; j < n; ++j) sides.push_back({i, j});
  }
  return sides;
}

SvmTask classification_task(const SvmLabels& y, const Sides& sides, const SvmOptions& options) {
  SvmTask task = empty_task(options, y.labels.size());
  for (std::size_t i = 0; i < y.labels.size(); ++i) {
    const std::int64_t label = y.labels[i];
    const bool positive = label == sides.positive;
    if (!positive && sides.negative != Sides::kRest && label != sides.negative) continue;
    const bool weighted = positive || sides.negative != Sides::kRest;
    const double weight = weighted ? y.class_weight[static_cast<std::size_t>(label)] : 1;
    add_row(task, i, positive ? 1 : -1, y.cost[i] * weight, options.loss);
  }
  find_zero_model(task);
  return task;
}

// The cost of the class that costs least.
double least_class(const SvmLabels& y) {
  std::vector<double> costs(y.class_weight.size());
  for (std::size_t i = 0; i < y.labels.size(); ++i) {
    costs[static_cast<std::size_t>(y.labels[i])] += y.cost[i];
  }
  return *std::min_element(costs.begin(), costs.end());
}

// `start` with beta for the rows of the task alone.
SvmStart start_of(const SvmTask& task, const SvmStart& start) {
  SvmStart local{.w = start.w, .b = task.fit_intercept ? start.b : 0, .beta = {}};
  if (start.beta.empty()) return local;
  local.beta.reserve(task.size());
  for (const std::size_t row : task.rows) local.beta.push_back(start.beta[row]);
  return local;
}

// Engines aim at tol of P itself: where a plane separates the classes and costs are large, P0 / 100
// would let any such plane pass. What they do not reach is judged by the gap that is promised.
SvmSolution solve_by(SvmSolver solver, const AnySamples& X, SvmTask& task,
                     const SvmOptions& options, const SvmStart& start, const SvmWatch& watch) {
  const auto engine = solver == SvmSolver::newton ? solve_newton
                      : solver == SvmSolver::dcd  ? solve_dcd
                                                  : solve_smo;
  const double zero = std::exchange(task.zero_objective, kAim * task.zero_objective);
  SvmSolution solution = engine(X, task, options, start, watch);
  task.zero_objective = zero;
  solution.gap = relative_gap(task, solution.primal, solution.dual);
  solution.solver = solver;
  solution.converged = solution.gap <= options.tol;
  return solution;
}

// The rows as the engines take them. zero: of the task, or the smallest, whose certificate may be
// hidden by the rounding of sum beta_k x_k; cost: of all rows.
CentredRows centred(const AnySamples& X, std::span<const double> cost, double zero,
                    const SvmOptions& options) {
  std::vector<std::size_t> rows;
  rows.reserve(cost.size());
  for (std::size_t i = 0; i < cost.size(); ++i) {
    if (cost[i] > 0) rows.push_back(i);
  }
  const double costs = std::accumulate(cost.begin(), cost.end(), 0.0);
  const double mass = is_squared(options.loss) ? 2 * std::sqrt(costs * zero) : costs;
  const double rounding = std::sqrt(kHidden * options.tol * zero) / mass;
  const double most = rounding / std::numeric_limits<double>::epsilon();
  // Without an intercept rows less their centre are no longer the problem.
  return CentredRows(X, rows, options.fit_intercept ? most : kInfinity);
}

// The zero model with a zero dual: what any task has.
SvmSolution zero_solution(const AnySamples& X, const SvmTask& task, const SvmOptions& options) {
  SvmSolution zero;
  zero.w.resize(n_columns(X));
  zero.b = task.zero_intercept;
  zero.primal = task.zero_objective;
  zero.gap = relative_gap(task, zero.primal, zero.dual);
  zero.converged = zero.gap <= options.tol;
  return zero;
}

// smo where others failed: not for long, and on the rows as they are, whose zeros are exact.
SvmSolution last_resort(const CentredRows& rows, SvmTask& task, SvmOptions options,
                        const SvmStart& start, const SvmWatch& watch) {
  options.max_iter = std::min(options.max_iter, kLastBlocks);
  task.centre = {};
  SvmSolution solution = solve_by(SvmSolver::smo, rows.given(), task, options, start, watch);
  solution.b += rows.shift(solution.w);
  return solution;
}

// Each engine begins where the one before ended, unless that is worth no more than a zero dual.
SvmSolution solve(const CentredRows& rows, SvmTask& task, const SvmOptions& options, SvmStart start,
                  const SvmWatch& watch) {
  const AnySamples& X = rows.samples();
  task.centre = rows.centre();
  start.b += rows.shift(start.w);
  SvmSolution best = zero_solution(X, task, options);
  bool gained = false;
  std::size_t iterations = 0;  // the most of an engine
  const std::vector<SvmSolver> plan = options.solver == SvmSolver::automatic
                                          ? choose_svm(task.size(), n_columns(X))
                                          : std::vector<SvmSolver>{options.solver};
  for (const SvmSolver solver : plan) {
    if (!gained) best.solver = solver;
    if (best.converged) break;
    const SvmStart from = gained ? end_of(task, best) : start;
    const bool last = solver == SvmSolver::smo && options.solver == SvmSolver::automatic;
    SvmSolution next = last ? last_resort(rows, task, options, from, watch)
                            : solve_by(solver, X, task, options, from, watch);
    iterations = std::max(iterations, next.iterations);
    if (next.gap < best.gap) {
      best = std::move(next);
      gained = true;
    }
  }
  if (best.primal > task.zero_objective) {  // within the gap that is wanted, or by no engine
    best.w.assign(n_columns(X), 0.0);
    best.b = task.zero_intercept;
    best.primal = task.zero_objective;
    best.gap = relative_gap(task, best.primal, best.dual);
  }
  best.b -= rows.shift(best.w);
  best.gap = std::max(best.gap, 0.0);
  best.converged = best.gap <= options.tol;
  best.exhausted = !best.converged && iterations >= options.max_iter;
  if (!best.converged) best.iterations = iterations;
  return best;
}

void check(const AnySamples& X, std::size_t n_targets, std::span<const double> cost,
           const SvmOptions& options) {
  require(n_rows(X) == n_targets && n_rows(X) == cost.size(),
          "X, y and the costs must have one entry per row");
  require(options.tol >= 0 && options.epsilon >= 0, "tol and epsilon must be >= 0");
  require(options.max_iter >= 1, "max_iter must be >= 1");
  for (const double c : cost) require(c >= 0 && std::isfinite(c), "costs must be finite and >= 0");
}

void check_labels(const SvmLabels& y) {
  const std::size_t n_classes = y.class_weight.size();
  require(n_classes >= 2, "at least two classes are needed");
  std::vector<char> present(n_classes);
  for (std::size_t i = 0; i < y.labels.size(); ++i) {
    require(y.labels[i] >= 0 && static_cast<std::size_t>(y.labels[i]) < n_classes,
            "labels must lie in [0, n_classes)");
    const auto label = static_cast<std::size_t>(y.labels[i]);
    if (y.cost[i] * y.class_weight[label] > 0) present[label] = 1;
  }
  for (const char has_rows : present) {
    require(has_rows != 0, "every class needs a row of positive weight");
  }
}

void check_starts(const AnySamples& X, std::span<const SvmStart> starts, std::size_t n_problems) {
  require(starts.empty() || starts.size() == n_problems, "starts must have one entry a problem");
  for (const SvmStart& start : starts) {
    require(start.w.size() == n_columns(X), "a start must have one entry of w a column");
    require(start.beta.empty() || start.beta.size() == n_rows(X),
            "a start must have one entry of beta a row, or none");
  }
}

SvmWatch watch_of(const SvmMonitor& monitor, std::size_t problem) {
  if (!monitor) return nullptr;
  return [&monitor, problem](std::size_t iteration, double gap) {
    return monitor({.problem = problem, .iteration = iteration, .gap = gap});
  };
}

}  // namespace

std::vector<SvmSolution> svm_classify(const AnySamples& X, const SvmLabels& y, SvmScheme scheme,
                                      const SvmOptions& options, std::span<const SvmStart> starts,
                                      const SvmMonitor& monitor) {
  check(X, y.labels.size(), y.cost, options);
  check_labels(y);
  const std::vector<Sides> sides = problem_sides(y.class_weight.size(), scheme);
  check_starts(X, starts, sides.size());
  // Only the main thread of Python sees Ctrl-C; what it sees must stop the others as well.
  std::atomic<bool> stop{false};
  const SvmMonitor shared = [&](const SvmProgress& progress) {
    if (!stop && monitor && monitor(progress)) stop = true;
    return stop.load();
  };
  const CentredRows rows = centred(X, y.cost, least_class(y), options);
  std::vector<SvmSolution> solutions(sides.size());
  run_chunks(sides.size(), options.n_threads, [&](std::size_t p) {
    SvmTask task = classification_task(y, sides[p], options);
    const SvmStart start = starts.empty() ? SvmStart{} : start_of(task, starts[p]);
    solutions[p] = solve(rows, task, options, start, watch_of(shared, p));
  });
  return solutions;
}

SvmSolution svm_regress(const AnySamples& X, std::span<const double> y,
                        std::span<const double> cost, const SvmOptions& options,
                        std::span<const SvmStart> starts, const SvmMonitor& monitor) {
  check(X, y.size(), cost, options);
  check_starts(X, starts, 1);
  SvmTask task = empty_task(options, y.size());
  for (std::size_t i = 0; i < y.size(); ++i) add_row(task, i, y[i], cost[i], options.loss);
  require(task.size() > 0, "at least one row needs a positive weight");
  find_zero_model(task);
  SvmStart start = starts.empty() ? SvmStart{} : start_of(task, starts[0]);
  // Targets less the best constant: what they have in common takes no digits.
  const double middle = std::exchange(task.zero_intercept, 0);
  for (double& target : task.target) target -= middle;
  start.b -= middle;
  const CentredRows rows = centred(X, cost, task.zero_objective, options);
  SvmSolution solution = solve(rows, task, options, start, watch_of(monitor, 0));
  solution.b += middle;
  return solution;
}

}  // namespace slimline
