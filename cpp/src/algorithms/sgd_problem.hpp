// What the engines of sgd_fit share: the problem in their terms, and when an output stops.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "algorithms/schedules.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Larger slopes, which only diverging iterations see, are cut so that they stay finite.
inline constexpr double kMaxSlope = 1e12;

template <class T>
struct SgdProblem {
  const SgdTargets& targets;
  const SgdOptions& options;
  Schedules schedule;
  const EpochCallback& on_epoch;
  MatrixView<T> coef;
  std::span<double> intercept;
  double total_weight;

  // What output c shall predict for row i: +-1 for classes, the value for a regression.
  double target(std::size_t i, std::size_t c) const {
    if (targets.n_classes == 0) return targets.y[i];
    return targets.y[i] == static_cast<double>(positive_class(c)) ? 1 : -1;
  }
  // Sample weight times class weight; one-vs-rest weighs its own class only, as scikit-learn does.
  double weight(std::size_t i, std::size_t c) const {
    const double s = targets.sample_weight[i];
    if (targets.n_classes == 0) return s;
    if (target(i, c) > 0) return s * targets.class_weight[positive_class(c)];
    return targets.n_classes == 2 ? s * targets.class_weight[0] : s;
  }
  double eta(Progress progress) const {
    return std::visit([&](const auto& s) { return s.eta(options, progress); }, schedule);
  }
  std::size_t positive_class(std::size_t c) const { return targets.n_classes == 2 ? 1 : c; }
};

// The stopping rule, kept for each output. An output has diverged when its last objective is far
// above that of its first epoch, or what slopes cut at kMaxSlope come to in a squared loss.
class SgdStopping {
 public:
  static constexpr double kGrowth = 100;
  static constexpr double kHopeless = 1e23;

  SgdStopping(const SgdOptions& options, std::size_t n_outputs)
      : options_(options),
        best_(n_outputs, std::numeric_limits<double>::infinity()),
        first_(n_outputs),
        diverged_(n_outputs),
        stalled_(n_outputs),
        n_iter_(n_outputs),
        running_(n_outputs, true) {}

  bool running(std::size_t c) const { return running_[c]; }
  bool any_running() const {
    for (const bool running : running_) {
      if (running) return true;
    }
    return false;
  }
  // Takes the objective of output c in the epoch that has ended.
  void finish_epoch(std::size_t c, double objective) {
    ++n_iter_[c];
    stalled_[c] = objective > best_[c] - options_.tol ? stalled_[c] + 1 : 0;
    if (n_iter_[c] == 1) first_[c] = objective;
    diverged_[c] = objective > kGrowth * first_[c] || objective > kHopeless;
    best_[c] = std::min(best_[c], objective);
    if (stalled_[c] >= options_.n_iter_no_change) running_[c] = false;
  }
  SgdResult result(std::uint64_t updates_per_epoch) const {
    SgdResult result{
        .n_iter = n_iter_, .converged = !any_running(), .diverged = false, .updates = 0};
    for (const bool diverged : diverged_) result.diverged = result.diverged || diverged;
    for (const std::size_t n : n_iter_) {
      result.updates = std::max<std::uint64_t>(result.updates, n * updates_per_epoch);
    }
    return result;
  }

 private:
  const SgdOptions& options_;
  std::vector<double> best_;
  std::vector<double> first_;
  std::vector<bool> diverged_;
  std::vector<std::size_t> stalled_;
  std::vector<std::size_t> n_iter_;
  std::vector<bool> running_;
};

// Tells the stopping rule the objective of every running output, and returns their mean. losses and
// weights: sums over the epoch, one an output.
template <class T, class Penalty>
double finish_epoch(const SgdProblem<T>& problem, const Penalty& penalty,
                    std::span<const double> losses, std::span<const double> weights,
                    SgdStopping& stopping) {
  double sum = 0;
  double count = 0;
  for (std::size_t c = 0; c < problem.coef.rows(); ++c) {
    if (!stopping.running(c)) continue;
    const T* w = problem.coef.row(c);
    const auto norm =
        static_cast<double>(kernels::vector_kernels<T>().dot(w, w, problem.coef.cols()));
    const double objective = losses[c] / weights[c] + penalty.value(problem.options.alpha, norm);
    stopping.finish_epoch(c, objective);
    sum += objective;
    ++count;
  }
  return sum / count;
}

// Ends an epoch: throws when an output diverged or the caller wants to stop.
template <class T>
void end_epoch(const SgdProblem<T>& problem, std::size_t epoch, double objective) {
  bool finite = std::isfinite(objective);
  for (std::size_t c = 0; c < problem.coef.rows(); ++c) {
    const T* w = problem.coef.row(c);
    // A sum of squares is finite unless an entry is not, or is about to overflow.
    finite = finite && std::isfinite(problem.intercept[c]) &&
             std::isfinite(kernels::vector_kernels<T>().dot(w, w, problem.coef.cols()));
  }
  require(finite,
          "SGD diverged in epoch " + std::to_string(epoch) +
              ": the coefficients are not finite. Scale the features (StandardScaler), lower "
              "eta0, or choose another learning_rate");
  if (problem.on_epoch && problem.on_epoch(epoch, objective)) throw Interrupted();
}

}  // namespace slimline
