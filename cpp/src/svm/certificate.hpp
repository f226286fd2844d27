// The two objectives of svm.hpp, and the repair of a dual point. With the best intercept they turn
// the result of any engine into a proof of its gap.
#pragma once

#include <optional>
#include <span>

#include "svm/task.hpp"

namespace slimline {

// f[k] = w . x_k, without the intercept; w_norm2 = |w|^2.
double primal_objective(const SvmTask& task, std::span<const double> f, double b, double w_norm2);

// w_norm2 = |sum beta_k x_k|^2.
double dual_objective(const SvmTask& task, std::span<const double> beta, double w_norm2);

// Makes beta feasible: clips it into its box, then scales the heavier sign so that the sum is zero
// to rounding (skipped without an intercept). The box holds 0, so scaling down stays inside.
void repair_dual(const SvmTask& task, std::span<double> beta);

// The rows with a multiplier, and these.
void set_support(SvmSolution& solution, const SvmTask& task, std::span<const double> beta);

// A point w and, where one is known, an intercept near its best.
struct SvmPoint {
  std::span<const double> w;
  std::optional<double> near;
};

// The solution's w, b and primal become those of w with its best intercept, if that is better.
void offer_primal(SvmSolution& solution, const AnySamples& X, const SvmTask& task,
                  const SvmPoint& point, int n_threads);

// X' beta; with an intercept for centred rows, which removes the rounding error of sum beta.
std::vector<double> combine_centred(const AnySamples& X, const SvmTask& task,
                                    std::span<const double> beta, int n_threads);

// Everything of an SvmSolution but the iterations and whether it converged, for w = X' beta and
// the best intercept, which may be known to be near one. beta is repaired first.
SvmSolution certify(const AnySamples& X, const SvmTask& task, std::span<double> beta, int n_threads,
                    std::optional<double> near = std::nullopt);

}  // namespace slimline
