#include "svm/newton/newton.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linalg/row_products.hpp"
#include "slimline/random.hpp"
#include "svm/certificate.hpp"
#include "svm/newton/outer.hpp"

namespace slimline {
namespace {

// Coarse starts use one of 4 to 16 rows, so that some kRowsPerColumn rows per column remain. With
// fewer rows the coarse solution is too far from the solution for all rows.
constexpr std::size_t kLeastCoarsening = 4;
constexpr std::size_t kMostCoarsening = 16;
constexpr double kRowsPerColumn = 9.5;
constexpr double kLeastCoarse = 400;  // rows
constexpr double kCoarseTol = 0.3;    // in units of columns / rows
constexpr double kCoarseSigma = 1;    // in units of the coarse solution's error
constexpr double kCoarseReach = 4;    // likewise

// One of every `coarsening` rows, with the cost of all of them.
SvmTask coarse_task(const SvmTask& task, std::size_t coarsening) {
  SvmTask coarse;
  coarse.epsilon = task.epsilon;
  coarse.fit_intercept = task.fit_intercept;
  coarse.centre = task.centre;
  coarse.zero_objective = task.zero_objective;  // about the same
  coarse.zero_intercept = task.zero_intercept;
  const auto factor = static_cast<double>(coarsening);
  Random random(task.size());
  for (const std::size_t k : one_of_every(coarsening, task.size(), random)) {
    coarse.rows.push_back(task.rows[k]);
    coarse.target.push_back(task.target[k]);
    coarse.lower.push_back(factor * task.lower[k]);
    coarse.upper.push_back(factor * task.upper[k]);
    coarse.ridge.push_back(task.ridge[k] / factor);
  }
  return coarse;
}

// Whether residuals of both signs have a cost. Where a sample has lost the rows of a small class,
// its solution is not a useful start.
bool two_sided(const SvmTask& task) {
  const auto costs = [](double bound) { return bound != 0; };
  return std::ranges::any_of(task.upper, costs) && std::ranges::any_of(task.lower, costs);
}

// The solution for a sample of the rows. Its residuals have a relative error of some
// sqrt(columns / rows), and it takes a fraction of the time.
NewtonBegin coarse_start(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                         const SvmWatch& watch) {
  const auto columns = static_cast<double>(n_columns(X) + 1);
  const double least = std::max(kLeastCoarse, kRowsPerColumn * columns);
  const auto coarsening = static_cast<std::size_t>(static_cast<double>(task.size()) / least);
  if (coarsening < kLeastCoarsening) return {};
  const SvmTask coarse = coarse_task(task, std::min(coarsening, kMostCoarsening));
  if (!two_sided(coarse)) return {};
  const double noise = columns / static_cast<double>(coarse.size());
  SvmOptions loose = options;
  loose.tol = std::max(options.tol, kCoarseTol * noise);
  NewtonBegin begin = coarse_start(X, coarse, options, watch);
  const Workspace::Scope scope(thread_workspace());
  NewtonOuter outer(X, coarse, loose, watch, std::move(begin), thread_workspace());
  outer.run(nullptr);
  const double off = std::sqrt(noise) * outer.mean_residual();
  return {.w = outer.point().w,
          .b = outer.point().b,
          .beta = {},
          .sigma = kCoarseSigma / off,
          .reach = kCoarseReach * off,
          .iterations = outer.iterations()};
}

}  // namespace

SvmSolution solve_newton(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                         const SvmStart& start, const SvmWatch& watch) {
  NewtonBegin begin;
  if (start.w.empty()) {
    begin = coarse_start(X, task, options, watch);
  } else {
    begin.w = start.w;
    begin.b = start.b;
    begin.beta = start.beta;
  }
  const Workspace::Scope scope(thread_workspace());
  NewtonOuter outer(X, task, options, watch, std::move(begin), thread_workspace());
  SvmSolution solution;
  const auto certified = [&] {
    std::vector<double> beta(outer.beta().begin(), outer.beta().end());
    SvmSolution found = certify(X, task, beta, options.n_threads, outer.point().b);
    // Rounding spoils w = X' beta in columns of large entries; the point itself has none of it.
    if (found.gap > options.tol) {
      offer_primal(found, X, task, {.w = outer.point().w, .near = outer.point().b},
                   options.n_threads);
    }
    if (solution.w.empty() || found.gap < solution.gap) solution = std::move(found);
    return solution.gap <= options.tol;
  };
  bool done = false;
  outer.run([&] { return done = certified(); });
  if (!done) certified();
  solution.iterations = outer.iterations();
  return solution;
}

}  // namespace slimline
