// Linear support vector machines, solved to a certified duality gap; the intercept b is free.
//
//   minimise over w, b   P = 1/2 |w|^2 + sum_i c_i loss_i(w . x_i + b)
//
//   hinge                       max(0, 1 - y f)          squared_hinge                its square
//   epsilon_insensitive         max(0, |y - f| - eps)    squared_epsilon_insensitive  its square
//
// With beta_i = y_i alpha_i for the hinge losses, z = y, and C_i = c_i, every one of them has the
// dual
//
//   maximise   D = -1/2 |sum_i beta_i x_i|^2 - 1/2 sum_i r_i beta_i^2 + sum_i z_i beta_i
//                  - eps sum_i |beta_i|
//   subject to sum_i beta_i = 0 (only when b is fitted),  l_i <= beta_i <= u_i
//
// where [l, u] is [0, C] (y = +1), [-C, 0] (y = -1), [-C, C] (regression), with C = infinity and
// r = 1/(2 c) for the squared losses and r = 0 for the others. At the solution w = sum beta_i x_i.
//
// Stops when (P - D) / max(P, P0 / 100) <= tol, P0 the objective of w = 0 with the best b; the dual
// point is feasible, so that gap is a proof. No solution is worse than that of w = 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "slimline/samples.hpp"

namespace slimline {

enum class SvmLoss { hinge, squared_hinge, epsilon_insensitive, squared_epsilon_insensitive };
enum class SvmScheme { one_vs_rest, one_vs_one };

// All of them reach the same solution; automatic picks by shape.
enum class SvmSolver { automatic, smo, newton, dcd };

struct SvmOptions {
  SvmSolver solver = SvmSolver::automatic;
  SvmLoss loss = SvmLoss::squared_hinge;
  double epsilon = 0;  // >= 0; the hinge losses ignore it
  bool fit_intercept = true;
  double tol = 1e-4;            // bound of the relative duality gap, >= 0
  std::size_t max_iter = 1000;  // of an engine, >= 1: blocks, Newton steps, passes
  int n_threads = 1;            // the result does not depend on it
};

// labels: class codes in [0, n_classes), n_classes >= 2, one per row. cost: c_i >= 0; rows with
// cost 0 are ignored. class_weight: > 0, one per class; multiplies the costs of the rows of its
// class (one-vs-rest with more than two classes: only where that class is the positive one).
struct SvmLabels {
  std::span<const std::int64_t> labels;
  std::span<const double> cost;
  std::span<const double> class_weight;
};

// One solved problem. beta belongs to the rows in `support` (ascending), zero elsewhere.
struct SvmSolution {
  std::vector<double> w;
  double b = 0;
  std::vector<std::size_t> support;
  std::vector<double> beta;
  double primal = 0;
  double dual = 0;
  double gap = 0;  // relative, as above
  std::size_t iterations = 0;
  bool converged = false;
  bool exhausted = false;             // not converged, and max_iter ended an engine
  SvmSolver solver = SvmSolver::smo;  // the one used
};

// The start of a fit: the solution of a similar problem. It changes the time, not the result.
struct SvmStart {
  std::vector<double> w;  // n_columns entries; empty: no start
  double b = 0;
  std::vector<double> beta;  // n_rows entries, or empty where only w and b are known
};

// The progress of a problem after an iteration. gap: relative, infinite until the first is known.
struct SvmProgress {
  std::size_t problem;
  std::size_t iteration;
  double gap;
};

// Called between iterations, at times from other threads than the caller's; returning true makes
// the fit throw Interrupted.
using SvmMonitor = std::function<bool(const SvmProgress&)>;

// Two classes: one problem, class 1 positive. More: one_vs_rest, one problem per class; one_vs_one,
// one for each pair (i, j), i < j, in lexicographic order, class i positive. Problems run in
// parallel. starts: empty, or one per problem. Throws std::invalid_argument on bad options and
// where a class has no rows.
std::vector<SvmSolution> svm_classify(const AnySamples& X, const SvmLabels& y, SvmScheme scheme,
                                      const SvmOptions& options, std::span<const SvmStart> starts,
                                      const SvmMonitor& monitor);

// y: targets, one per row; cost and starts as above.
SvmSolution svm_regress(const AnySamples& X, std::span<const double> y,
                        std::span<const double> cost, const SvmOptions& options,
                        std::span<const SvmStart> starts, const SvmMonitor& monitor);

}  // namespace slimline
