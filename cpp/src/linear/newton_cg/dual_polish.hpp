// A proof for weights that another engine has found. It changes the dual variables of some of the
// rows until the duality gap is small (dual_change.hpp). Which change makes the gradient vanish is
// found from a Newton system over one of every `ratio` rows, each counted `ratio` times. The change
// costs about `ratio` times the gain that a Newton step would still have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "linear/newton_cg/conjugate_gradients.hpp"
#include "linear/newton_cg/dual_change.hpp"
#include "linear/newton_cg/passes.hpp"
#include "linear/problem.hpp"
#include "linear/sampled_columns.hpp"
#include "slimline/random.hpp"

namespace slimline {

template <class T, class Rows>
class DualPolish {
 public:
  using Direction = NewtonDirection<T>;
  using Precondition = typename ConjugateGradients<T, Rows>::Precondition;

  DualPolish(const Rows& X, const SgdProblem<T>& problem, Precondition precondition)
      : X_(X),
        problem_(problem),
        groups_(problem),
        precondition_(std::move(precondition)),
        sizes_(sample_columns(X, problem).size),
        charge_(problem, sizes_) {}

  // Returns for every group a bound of the distance of its objective to the minimum, and tries to
  // bring it below the allowed one. gradient: of the objectives at the weights.
  std::vector<double> run(const Direction& gradient, std::span<const double> allowed) {
    std::vector<double> left = charge_.of(gradient);
    for (const std::size_t ratio : {kRatio, std::size_t{1}}) {
      std::vector<char> done(left.size());
      for (std::size_t g = 0; g < left.size(); ++g) done[g] = left[g] <= allowed[g];
      if (std::ranges::find(done, 0) == done.end()) break;
      if (ratio == 1 || problem_.n_rows() >= kRatio * kFewestRows) {
        polish(gradient, allowed, done, ratio, left);
      }
    }
    return left;
  }

 private:
  static constexpr std::size_t kRatio = 8;
  static constexpr std::size_t kFewestRows = 512;
  static constexpr std::size_t kMostPasses = 120;
  static constexpr double kPart = 0.25;  // of what is allowed, for the residual

  void polish(const Direction& gradient, std::span<const double> allowed,
              std::span<const char> done, std::size_t ratio, std::vector<double>& left) const {
    Random random(problem_.options.seed);
    std::vector<std::size_t> rows = one_of_every(ratio, problem_.n_rows(), random);
    for (std::size_t& k : rows) k = problem_.row(k);
    SgdTargets targets = problem_.targets;
    targets.rows = rows;
    const EpochCallback silent;
    const SgdProblem<T> few = problem_.with(targets, problem_.options, silent);
    NewtonPasses<T, Rows> passes(X_, few);
    passes.compute_scores(problem_.weights);
    passes.losses();
    ConjugateGradients<T, Rows> solver(passes, few, precondition_);
    solver.solve(gradient, done, kMostPasses, [&](std::size_t g, double) {
      return charge_.of_step(g, solver.step(), solver.residual()) <= kPart * allowed[g];
    });
    passes.compute_step_scores(solver.step());
    Direction residual = gradient;
    const std::vector<double> moved =
        change_dual(passes, few, static_cast<double>(ratio), residual);
    std::vector<double> now = charge_.of(residual);
    const std::vector<double> by_group = groups_.sums([&](std::size_t c) { return moved[c]; });
    for (std::size_t g = 0; g < left.size(); ++g) left[g] = std::min(left[g], now[g] + by_group[g]);
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  OutputGroups<T> groups_;
  Precondition precondition_;
  std::vector<double> sizes_;
  PenaltyCharge<T> charge_;
};

}  // namespace slimline
