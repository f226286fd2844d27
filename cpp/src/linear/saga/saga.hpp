// SAGA, the first engine of schedule "auto" for smooth losses on sparse rows of many columns;
// newton_cg.hpp continues from its result. Minimises (1/n) sum_i s_i loss + l2/2 |W|^2 from the
// given weights.
//
// It keeps the gradient of every row's loss at its last visit, and the mean of these gradients. A
// step is along the change of one row's gradient plus the mean (Defazio, Bach & Lacoste-Julien,
// "SAGA: A Fast Incremental Gradient Method", NIPS 2014), so that constant steps converge without
// noise. A visit touches only the columns of its row. The steps that a column misses along the mean
// gradient are lazy updates: they are applied when the column is next touched (Schmidt, Le Roux &
// Bach, "Minimizing finite sums with the stochastic average gradient", Math. Program. 162, 2017,
// section 4.1). The weights of all outputs for a column lie side by side.
//
// Stops, after four epochs at the earliest, when an epoch gains little, or nearly as much as the
// epoch before: convergence is then slow.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/interrupt.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/sgd/scaled_weights.hpp"
#include "linear/sgd/visit_order.hpp"
#include "linear/stopping.hpp"
#include "slimline/random.hpp"

namespace slimline {

template <class T, class Rows>
class SgdSaga {
 public:
  SgdSaga(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        order_(X.rows(), problem.targets.rows),
        stopping_(problem.options, problem.n_outputs()),
        epochs_(problem, stopping_),
        n_outputs_(problem.n_outputs()),
        width_(padded_outputs(n_outputs_)),
        eta_(step_size()),
        v_(X.cols(), width_),
        gradient_(X.cols(), width_),
        slopes_(X.rows(), n_outputs_),
        paid_(X.cols()),
        sums_(width_),
        changes_(width_),
        scores_(n_outputs_),
        intercept_gradient_(n_outputs_) {
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      for (std::size_t j = 0; j < X.cols(); ++j) v_(j, c) = problem.weights.coef(c, j);
    }
  }

  SgdResult run() {
    Random random(problem_.options.seed);
    const std::vector<double> counts(n_outputs_, static_cast<double>(order_.size()));
    while (epochs_.epoch() < problem_.options.max_iter && stopping_.any_running()) {
      if (problem_.options.shuffle) order_.shuffle(random);
      std::vector<double> losses(n_outputs_);
      const auto rows = order_.rows();
      for (std::size_t k = 0; k < rows.size(); ++k) {
        check_interrupt_at(k);
        if (k + kAhead < rows.size()) X_.prefetch(rows[k + kAhead]);
        visit(rows[k], losses.data());
      }
      settle();
      epochs_.finish(losses, counts);
      if (suffices(epochs_.mean_objective())) stopping_.stop_all();
    }
    return epochs_.result(order_.size(), true);
  }

 private:
  static constexpr std::size_t kAhead = 8;
  // Limits below which Newton's method is the better choice. It takes as long as many epochs.
  static constexpr double kCoarse = 1e-3;  // gain of an epoch, relative to the objective
  static constexpr double kSlow = 0.85;    // gain of an epoch, relative to that of the one before
  // In the first epochs the weights still move far while the losses are summed, so that these sums
  // are no reliable objective.
  static constexpr std::size_t kFewest = 4;

  // 1 / (2 L + min(2 n l2, L)) with L the largest second derivative of a row's loss (Defazio,
  // "New Optimisation Methods for Machine Learning", 2014, section 4.5; as in scikit-learn).
  double step_size() const {
    double largest = 0;
    for (std::size_t k = 0; k < problem_.n_rows(); ++k) {
      check_interrupt_at(k);
      const std::size_t i = problem_.row(k);
      const double norm = X_.squared_norm(i) + 1;
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        largest = std::max(largest, problem_.weight(i, c) * norm);
      }
    }
    const double l2 = problem_.penalty.l2;
    const double bound = problem_.max_curvature() * (largest > 0 ? largest : 1) + l2;
    return 1 / (2 * bound + std::min(2 * static_cast<double>(problem_.n_rows()) * l2, bound));
  }

  bool suffices(double objective) {
    const double gain = objective_ - objective;  // infinite after the first epoch
    const double little = std::max(problem_.options.tol, kCoarse) * std::abs(objective);
    const bool enough = gain <= little || (std::isfinite(gain_) && gain > kSlow * gain_);
    objective_ = objective;
    gain_ = gain;
    return (enough && epochs_.epoch() >= kFewest) || objective == 0;
  }

  void visit(std::size_t i, double* losses) {
    for (const auto j : X_.view().indices(i)) pay(static_cast<std::size_t>(j));
    X_.dots(i, v_.view(), sums_.data());
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      scores_[c] = static_cast<double>(sums_[c]) * scale_ + problem_.weights.intercept[c];
    }
    problem_.slopes(i, scores_.data(), losses, [](std::size_t) { return true; });
    n_kept_ = std::min(n_kept_ + 1, order_.size());
    const double share = 1 / static_cast<double>(n_kept_);
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double change = eta_ * (scores_[c] - static_cast<double>(slopes_(i, c)));
      slopes_(i, c) = static_cast<T>(scores_[c]);
      changes_[c] = static_cast<T>(change);
      if (!problem_.options.fit_intercept) continue;
      intercept_gradient_[c] += change;
      problem_.weights.intercept[c] -= change + share * intercept_gradient_[c];
    }
    scale_ *= 1 - eta_ * problem_.penalty.l2;
    if (scale_ < kMinScale) settle();
    if (width_ == 1) {
      step<1>(i);
    } else {
      step<kLanes>(i);
    }
    owed_ += share / scale_;
  }

  // v -= change x / scale, gradient += change x, in one sweep: with two axpys per output, epochs
  // take 3 to 17 % longer.
  template <std::size_t kWidth>
  void step(std::size_t i) {
    const auto values = X_.view().values(i);
    const auto columns = X_.view().indices(i);
    const T along = static_cast<T>(-1 / scale_);
    for (std::size_t c = 0; c < width_; c += kWidth) {
      std::array<T, kWidth> changes;
      std::copy_n(&changes_[c], kWidth, changes.begin());
      for (std::size_t k = 0; k < values.size(); ++k) {
        T* v = v_.row(static_cast<std::size_t>(columns[k])) + c;
        T* gradient = gradient_.row(static_cast<std::size_t>(columns[k])) + c;
        for (std::size_t lane = 0; lane < kWidth; ++lane) {
          const T product = values[k] * changes[lane];
          gradient[lane] += product;
          v[lane] += along * product;
        }
      }
    }
  }

  // Lazy update: applies the steps along the mean gradient that column j has missed.
  void pay(std::size_t j) {
    const T missed = static_cast<T>(owed_ - paid_[j]);
    paid_[j] = owed_;
    T* v = v_.row(j);
    const T* gradient = gradient_.row(j);
    for (std::size_t c = 0; c < width_; ++c) v[c] -= missed * gradient[c];
  }

  // Brings the weights of the problem up to date.
  void settle() {
    for (std::size_t j = 0; j < X_.cols(); ++j) {
      pay(j);
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        v_(j, c) = static_cast<T>(static_cast<double>(v_(j, c)) * scale_);
        problem_.weights.coef(c, j) = v_(j, c);
      }
    }
    scale_ = 1;
    owed_ = 0;
    std::fill(paid_.begin(), paid_.end(), 0.0);
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  VisitOrder order_;
  SgdStopping stopping_;
  SgdEpochs<T> epochs_;
  std::size_t n_outputs_;
  std::size_t width_;
  double eta_;
  Matrix<T> v_;         // weights = scale v, one row per column of X
  Matrix<T> gradient_;  // eta times the sum of all kept gradients, one row per column of X
  Matrix<T> slopes_;    // gradient of each row's loss in its scores, at its last visit
  double scale_ = 1;
  double owed_ = 0;           // steps since settle() along gradient_, in units of it
  std::vector<double> paid_;  // those that each column has had (lazy updates)
  std::vector<T> sums_;
  std::vector<T> changes_;
  std::vector<double> scores_;
  std::vector<double> intercept_gradient_;
  std::size_t n_kept_ = 0;  // rows with a kept gradient
  double objective_ = std::numeric_limits<double>::infinity();
  double gain_ = std::numeric_limits<double>::infinity();
};

}  // namespace slimline
