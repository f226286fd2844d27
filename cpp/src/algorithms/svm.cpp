// From labels and costs to tasks, from an engine's dual point to a certified solution.
#include "slimline/svm.hpp"

#include <atomic>
#include <cmath>
#include <numeric>
#include <utility>

#include "algorithms/dcd.hpp"
#include "algorithms/newton.hpp"
#include "algorithms/smo.hpp"
#include "algorithms/svm_rows.hpp"
#include "algorithms/svm_task.hpp"
#include "core/parallel.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr std::size_t kWideColumns = 1024;  // above, newton has no Cholesky factor
// Below, newton costs little, and gives rows of weight 2 and rows given twice closer solutions.
constexpr std::size_t kSomeColumns = 128;
constexpr std::size_t kRowsPerColumn = 2;  // below, coordinate steps get by without it
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
  return task;
}

// `start` with beta for the rows of the task alone.
SvmStart start_of(const SvmTask& task, const SvmStart& start) {
  SvmStart local{.w = start.w, .b = task.fit_intercept ? start.b : 0, .beta = {}};
  if (start.beta.empty()) return local;
  local.beta.reserve(task.size());
  for (const std::size_t row : task.rows) local.beta.push_back(start.beta[row]);
  return local;
}

SvmSolution solve_by(SvmSolver solver, const SvmSamples& X, const SvmTask& task,
                     const SvmOptions& options, const SvmStart& start, const SvmWatch& watch) {
  const auto engine = solver == SvmSolver::newton ? solve_newton
                      : solver == SvmSolver::dcd  ? solve_dcd
                                                  : solve_smo;
  SvmSolution solution = engine(X, task, options, start, watch);
  solution.solver = solver;
  solution.converged = solution.gap <= options.tol;
  return solution;
}

// The engines in the order in which automatic tries them (docs/benchmarks/svm.md): dcd where
// columns are many, by themselves or for the rows, else newton; smo where rounding or max_iter
// stopped those (magnitudes such as 1e30: smo alone has no products of X with multipliers near
// their bounds).
std::vector<SvmSolver> plan(const SvmSamples& X, std::size_t rows, SvmSolver solver) {
  if (solver != SvmSolver::automatic) return {solver};
  const std::size_t columns = n_columns(X);
  const bool few_rows = columns > kSomeColumns && rows < kRowsPerColumn * columns;
  if (columns > kWideColumns || few_rows) {
    return {SvmSolver::dcd, SvmSolver::newton, SvmSolver::smo};
  }
  return {SvmSolver::newton, SvmSolver::smo};
}

// Each engine begins where the one before ended, unless that is worth no more than a zero dual.
SvmSolution solve(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                  const SvmStart& start, const SvmWatch& watch) {
  SvmSolution best;
  for (const SvmSolver solver : plan(X, task.size(), options.solver)) {
    const bool gained = !best.w.empty() && best.gap < 1;
    const SvmStart from = gained ? end_of(task, best) : start;
    SvmSolution next = solve_by(solver, X, task, options, from, watch);
    if (best.w.empty() || next.gap < best.gap) best = std::move(next);
    if (best.converged) break;
  }
  return best;
}

void check(const SvmSamples& X, std::size_t n_targets, std::span<const double> cost,
           const SvmOptions& options) {
  require(n_rows(X) == n_targets && n_rows(X) == cost.size(),
          "X, y and the costs must have one entry a row");
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

void check_starts(const SvmSamples& X, std::span<const SvmStart> starts, std::size_t n_problems) {
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

std::vector<SvmSolution> svm_classify(const SvmSamples& X, const SvmLabels& y, SvmScheme scheme,
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
  std::vector<SvmSolution> solutions(sides.size());
  run_chunks(sides.size(), options.n_threads, [&](std::size_t p) {
    const SvmTask task = classification_task(y, sides[p], options);
    const SvmStart start = starts.empty() ? SvmStart{} : start_of(task, starts[p]);
    solutions[p] = solve(X, task, options, start, watch_of(shared, p));
  });
  return solutions;
}

SvmSolution svm_regress(const SvmSamples& X, std::span<const double> y,
                        std::span<const double> cost, const SvmOptions& options,
                        std::span<const SvmStart> starts, const SvmMonitor& monitor) {
  check(X, y.size(), cost, options);
  check_starts(X, starts, 1);
  SvmTask task = empty_task(options, y.size());
  for (std::size_t i = 0; i < y.size(); ++i) add_row(task, i, y[i], cost[i], options.loss);
  require(task.size() > 0, "at least one row needs a positive weight");
  const SvmStart start = starts.empty() ? SvmStart{} : start_of(task, starts[0]);
  return solve(X, task, options, start, watch_of(monitor, 0));
}

}  // namespace slimline
