// When an output of sgd_fit stops, and how an epoch ends. With "multinomial" the outputs share one
// objective and stop together.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "linear/problem.hpp"
#include "slimline/error.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

class SgdStopping {
 public:
  SgdStopping(const SgdOptions& options, std::size_t n_outputs)
      : options_(options),
        adaptive_(options.schedule == Adaptive::name),
        planned_(options.schedule == Auto::name),
        best_(n_outputs, std::numeric_limits<double>::infinity()),
        rate_(n_outputs, 1),
        stalled_(n_outputs),
        n_iter_(n_outputs),
        running_(n_outputs, 1) {}

  bool running(std::size_t c) const { return running_[c] != 0; }
  bool any_running() const {
    return std::find(running_.begin(), running_.end(), 1) != running_.end();
  }
  // What schedule "adaptive" has made of the step size of output c.
  double rate(std::size_t c) const { return rate_[c]; }

  // Takes what output c reached in the epoch that has ended: an objective or minus a score.
  void finish_epoch(std::size_t c, double objective) {
    ++n_iter_[c];
    if (planned_) return;
    stalled_[c] = objective > best_[c] - options_.tol ? stalled_[c] + 1 : 0;
    best_[c] = std::min(best_[c], objective);
    if (stalled_[c] < options_.n_iter_no_change) return;
    if (adaptive_ && options_.eta0 * rate_[c] > kMinAdaptiveEta) {
      rate_[c] /= kAdaptiveFactor;
      stalled_[c] = 0;
    } else {
      running_[c] = 0;
    }
  }
  void stop_all() { std::fill(running_.begin(), running_.end(), char{0}); }
  std::vector<std::size_t> n_iter() const { return n_iter_; }

 private:
  static constexpr double kAdaptiveFactor = 5;
  static constexpr double kMinAdaptiveEta = 1e-6;

  const SgdOptions& options_;
  bool adaptive_;
  bool planned_;  // schedule "auto" stops by its own plan
  std::vector<double> best_;
  std::vector<double> rate_;
  std::vector<std::size_t> stalled_;
  std::vector<std::size_t> n_iter_;
  std::vector<char> running_;
};

// Ends epochs: computes objectives, passes them to the stopping rule and the caller, and checks for
// divergence.
template <class T>
class SgdEpochs {
 public:
  SgdEpochs(const SgdProblem<T>& problem, SgdStopping& stopping)
      : problem_(problem), stopping_(stopping), objectives_(problem.n_outputs()) {}

  // losses, weights: sums over the epoch, one per output. The weights of the problem are up to
  // date.
  void finish(std::span<const double> losses, std::span<const double> weights) {
    ++epoch_;
    for (std::size_t c = 0; c < objectives_.size(); ++c) {
      objectives_[c] = losses[c] / weights[c] + problem_.penalty_value(c);
    }
    if (problem_.multinomial) {
      const double sum = std::accumulate(objectives_.begin(), objectives_.end(), 0.0);
      std::fill(objectives_.begin(), objectives_.end(), sum);
    }
    require_finite();
    std::vector<double> watched = objectives_;
    if (problem_.on_epoch && problem_.on_epoch(epoch_, watched)) throw Interrupted();
    for (std::size_t c = 0; c < objectives_.size(); ++c) {
      if (stopping_.running(c)) stopping_.finish_epoch(c, watched[c]);
    }
  }

  std::size_t epoch() const { return epoch_; }
  // Of the last epoch, over the outputs.
  double mean_objective() const {
    return std::accumulate(objectives_.begin(), objectives_.end(), 0.0) /
           static_cast<double>(objectives_.size());
  }
  // arrived: whether the plan of the schedule, where it has one, came to where it leads.
  SgdResult result(std::uint64_t updates_per_epoch, bool arrived) const {
    SgdResult result{.n_iter = stopping_.n_iter(),
                     .converged = arrived && !stopping_.any_running(),
                     .updates = 0,
                     .objective = objectives_};
    for (const std::size_t n : result.n_iter) {
      result.updates = std::max<std::uint64_t>(result.updates, n * updates_per_epoch);
    }
    return result;
  }

 private:
  void require_finite() const {
    bool finite = true;
    for (std::size_t c = 0; c < objectives_.size(); ++c) {
      const T* w = problem_.weights.coef.row(c);
      // A sum of squares is finite unless an entry is not, or is about to overflow.
      finite = finite && std::isfinite(objectives_[c]) &&
               std::isfinite(problem_.weights.intercept[c]) &&
               std::isfinite(kernels::vector_kernels<T>().dot(w, w, problem_.n_features()));
    }
    require(finite,
            "SGD diverged in epoch " + std::to_string(epoch_) +
                ": the coefficients are not finite. Scale the features (StandardScaler), lower "
                "eta0, or use learning_rate='auto'");
  }

  const SgdProblem<T>& problem_;
  SgdStopping& stopping_;
  std::vector<double> objectives_;
  std::size_t epoch_ = 0;
};

}  // namespace slimline
