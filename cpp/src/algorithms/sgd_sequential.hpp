// One update a row, all outputs in one pass over X. The weights are w = scale * v, so that the L2
// penalty costs one multiplication an update instead of n_features (Bottou, "Stochastic Gradient
// Descent Tricks", 2012, section 5.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "algorithms/losses.hpp"
#include "algorithms/sgd_problem.hpp"
#include "slimline/random.hpp"

namespace slimline {

// Below this the scale is multiplied into v: float32 keeps its precision down to 1e-38.
inline constexpr double kMinScale = 1e-9;

// Rows to ask for in advance: 8 updates of 100 features take about the 200 ns of a cache miss.
inline constexpr std::size_t kAhead = 8;

template <class T, class Rows, class Loss, class Penalty>
class SgdSequential {
 public:
  SgdSequential(const Rows& X, const Loss& loss, const Penalty& penalty,
                const SgdProblem<T>& problem)
      : X_(X),
        loss_(loss),
        penalty_(penalty),
        problem_(problem),
        options_(problem.options),
        stopping_(options_, problem.coef.rows()),
        scale_(problem.coef.rows(), 1),
        losses_(problem.coef.rows()),
        weights_(problem.coef.rows(), problem.total_weight),
        order_(X.rows()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  SgdResult run() {
    Random random(options_.seed);
    for (std::size_t epoch = 1; epoch <= options_.max_iter && stopping_.any_running(); ++epoch) {
      if (options_.shuffle) shuffle(order_, random);
      run_epoch();
      for (std::size_t c = 0; c < scale_.size(); ++c) fold_scale(c);
      end_epoch(problem_, epoch, finish_epoch(problem_, penalty_, losses_, weights_, stopping_));
    }
    return stopping_.result(X_.rows());
  }

 private:
  void run_epoch() {
    std::fill(losses_.begin(), losses_.end(), 0.0);
    const double length = static_cast<double>(X_.rows());
    for (std::size_t k = 0; k < order_.size(); ++k) {
      if (k + kAhead < order_.size()) X_.prefetch(order_[k + kAhead]);
      const std::size_t i = order_[k];
      const double eta = problem_.eta({updates_, static_cast<double>(updates_) / length});
      ++updates_;
      for (std::size_t c = 0; c < scale_.size(); ++c) {
        if (stopping_.running(c)) update(i, c, eta);
      }
    }
  }

  void update(std::size_t i, std::size_t c, double eta) {
    T* v = problem_.coef.row(c);
    double& intercept = problem_.intercept[c];
    const double p = static_cast<double>(X_.dot(i, v)) * scale_[c] + intercept;
    const LossPoint point = loss_.at(p, problem_.target(i, c), options_.epsilon);
    const double weight = problem_.weight(i, c);
    losses_[c] += weight * point.value;
    scale_[c] *= penalty_.shrink(options_.alpha, eta);
    if (scale_[c] < kMinScale) fold_scale(c);
    const double step = -eta * weight * std::clamp(point.slope, -kMaxSlope, kMaxSlope);
    if (step == 0) return;
    X_.axpy(i, static_cast<T>(step / scale_[c]), v);
    if (options_.fit_intercept) intercept += step;
  }

  void fold_scale(std::size_t c) {
    T* v = problem_.coef.row(c);
    for (std::size_t j = 0; j < X_.cols(); ++j) {
      v[j] = static_cast<T>(static_cast<double>(v[j]) * scale_[c]);
    }
    scale_[c] = 1;
  }

  const Rows& X_;
  const Loss& loss_;
  const Penalty& penalty_;
  const SgdProblem<T>& problem_;
  const SgdOptions& options_;
  SgdStopping stopping_;
  std::vector<double> scale_;
  std::vector<double> losses_;
  std::vector<double> weights_;
  std::vector<std::size_t> order_;
  std::uint64_t updates_ = 0;
};

}  // namespace slimline
