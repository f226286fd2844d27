#include "algorithms/newton.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "algorithms/certificate.hpp"
#include "algorithms/newton_outer.hpp"
#include "algorithms/svm_rows.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

// Coarse starts: one row of kCoarsening, as long as kRowsPerColumn rows a column remain.
constexpr std::size_t kCoarsening = 8;
constexpr std::size_t kRowsPerColumn = 12;
constexpr std::size_t kLeastCoarse = 500;
constexpr double kCoarseTol = 0.3;  // in units of columns / rows
constexpr double kCoarseSigma = 1;  // in units of the coarse solution's error
constexpr double kCoarseReach = 4;  // likewise

// One row of every kCoarsening, at their cost.
SvmTask coarse_task(const SvmTask& task) {
  SvmTask coarse;
  coarse.epsilon = task.epsilon;
  coarse.fit_intercept = task.fit_intercept;
  constexpr auto kCost = static_cast<double>(kCoarsening);
  Random random(task.size());
  for (std::size_t begin = 0; begin + kCoarsening <= task.size(); begin += kCoarsening) {
    const std::size_t k = begin + random.below(kCoarsening);
    coarse.rows.push_back(task.rows[k]);
    coarse.target.push_back(task.target[k]);
    coarse.lower.push_back(kCost * task.lower[k]);
    coarse.upper.push_back(kCost * task.upper[k]);
    coarse.ridge.push_back(task.ridge[k] / kCost);
  }
  return coarse;
}

// The solution of a part of the rows: its residuals are off by some sqrt(columns / rows) of their
// size, at a part of the price.
NewtonBegin coarse_start(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
                         const SvmWatch& watch) {
  const std::size_t rows = task.size() / kCoarsening;
  const std::size_t columns = n_columns(X) + 1;
  if (rows < std::max(kLeastCoarse, kRowsPerColumn * columns)) return {};
  const SvmTask coarse = coarse_task(task);
  const double noise = static_cast<double>(columns) / static_cast<double>(rows);
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

SvmSolution solve_newton(const SvmSamples& X, const SvmTask& task, const SvmOptions& options,
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
    solution = certify(X, task, beta, options.n_threads, outer.point().b);
    return solution.gap <= options.tol;
  };
  bool done = false;
  outer.run([&] { return done = certified(); });
  if (!done) certified();
  solution.iterations = outer.iterations();
  return solution;
}

}  // namespace slimline
