// What the engines of sgd_fit share: the problem in their terms.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "core/prefetch.hpp"
#include "kernels/dispatch.hpp"
#include "linear/losses.hpp"
#include "linear/penalties.hpp"
#include "linear/relative_gap.hpp"
#include "linear/schedules.hpp"
#include "linear/zero_model.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Larger slopes, which only diverging iterations see, are cut so that they stay finite.
inline constexpr double kMaxSlope = 1e12;

// What the only output shall predict for a row, and the weight of its loss.
struct RowLabel {
  double target;
  double weight;
};

template <class T>
struct SgdProblem {
  const SgdTargets& targets;
  const SgdOptions& options;
  Losses loss;
  bool multinomial;
  PenaltyStrength penalty;
  Schedules schedule;
  const EpochCallback& on_epoch;
  SgdWeights<T> weights;
  std::span<const RowLabel> labels;  // where there is one output, for the inner loop
  std::span<const ZeroOutput> zero;  // one per output, where the schedule is "auto"

  // The same problem with other rows and options.
  SgdProblem with(const SgdTargets& others, const SgdOptions& changed,
                  const EpochCallback& callback) const {
    return {others, changed, loss, multinomial, penalty, schedule, callback, weights, labels, zero};
  }

  // What target() and weight() give, whose branches took as long as a part of an epoch.
  std::vector<RowLabel> make_labels() const {
    if (n_outputs() > 1) return {};
    std::vector<RowLabel> result(targets.y.rows());
    const bool classes = targets.n_classes == 2;
    const std::array<double, 2> class_weight{classes ? targets.class_weight[0] : 1,
                                             classes ? targets.class_weight[1] : 1};
    for (std::size_t i = 0; i < result.size(); ++i) {
      const double y = targets.y(i, 0);
      const double sign = y == 1 ? 1 : -1;
      result[i] = {classes ? sign : y, targets.sample_weight[i] * class_weight[y == 1]};
    }
    return result;
  }

  std::size_t n_outputs() const { return weights.coef.rows(); }
  std::size_t n_features() const { return weights.coef.cols(); }

  // Rows to train on, and which row of X the k-th of them is.
  std::size_t n_rows() const {
    return targets.rows.empty() ? targets.y.rows() : targets.rows.size();
  }
  std::size_t row(std::size_t k) const { return targets.rows.empty() ? k : targets.rows[k]; }

  // What output c shall predict for row i: +-1 for classes, the value for a regression.
  double target(std::size_t i, std::size_t c) const {
    if (targets.n_classes == 0) return targets.y(i, c);
    return targets.y(i, 0) == static_cast<double>(positive_class(c)) ? 1 : -1;
  }
  // Sample weight times class weight; one-vs-rest weighs its own class only, as scikit-learn does.
  double weight(std::size_t i, std::size_t c) const {
    const double s = targets.sample_weight[i];
    if (targets.n_classes == 0) return s;
    if (multinomial) return s * targets.class_weight[class_of(i)];
    if (target(i, c) > 0) return s * targets.class_weight[positive_class(c)];
    return targets.n_classes == 2 ? s * targets.class_weight[0] : s;
  }
  RowLabel label(std::size_t i, std::size_t c) const {
    return labels.empty() ? RowLabel{target(i, c), weight(i, c)} : labels[i];
  }
  // Asks for the label of row i, which a visit would otherwise wait for.
  void prefetch(std::size_t i) const {
    if (labels.empty()) {
      prefetch_lines(targets.y.row(i), 1);
      prefetch_lines(&targets.sample_weight[i], 1);
    } else {
      prefetch_lines(&labels[i], 1);
    }
  }
  std::size_t class_of(std::size_t i) const { return static_cast<std::size_t>(targets.y(i, 0)); }
  std::size_t positive_class(std::size_t c) const { return targets.n_classes == 2 ? 1 : c; }

  // What the objective of a group of outputs may be above the least.
  double allowed(double objective, double at_zero) const {
    constexpr double kMinTol = 1e-12;
    return std::max(options.tol, kMinTol) * gap_unit(objective, at_zero);
  }

  LossPoint loss_point(double p, double y) const {
    return with_loss(loss, [&](const auto& l) { return l.at(p, y, options.epsilon); });
  }
  bool smooth() const {
    return multinomial || with_loss(loss, [](const auto& l) { return l.smooth; });
  }
  double max_curvature() const {
    return multinomial ? kSoftmaxCurvature
                       : with_loss(loss, [](const auto& l) { return l.max_curvature; });
  }

  // Turns the scores of row i, one per output, into the weighted gradients of its losses, and adds
  // the weighted losses to `losses`. running(c): whether output c is asked for.
  template <class Running>
  void slopes(std::size_t i, double* scores, double* losses, const Running& running) const {
    if (multinomial) {
      softmax_slopes(i, scores, losses);
      return;
    }
    for (std::size_t c = 0; c < n_outputs(); ++c) {
      if (!running(c)) continue;
      const RowLabel row = label(i, c);
      const LossPoint point = loss_point(scores[c], row.target);
      losses[c] += row.weight * point.value;
      scores[c] = row.weight * std::clamp(point.gradient, -kMaxSlope, kMaxSlope);
    }
  }

  static constexpr std::size_t kLossRows = 64;

  // The same for output c and the scores of some rows, at most kLossRows, with the weighted second
  // derivatives where there is room for them; returns the sum of their weighted losses. Not with
  // "multinomial".
  double slopes_of(std::span<const std::size_t> rows, std::size_t c, std::span<double> scores,
                   std::span<double> curvatures = {}) const {
    return with_loss(loss,
                     [&](const auto& l) { return slopes_of(l, rows, c, scores, curvatures); });
  }

  // The part of a step after one row that the intercept takes. With sparse rows every column moves
  // now and then and the intercept always, so that at full steps it swings: scikit-learn's factor.
  template <class Rows>
  double intercept_part() const {
    constexpr double kSparse = 0.01;
    return Rows::kDense || std::holds_alternative<Auto>(schedule) ? 1 : kSparse;
  }

  // Adds the weighted losses of some rows, at most kLossRows, to the sums of every output; scores
  // has one row per output, and is overwritten.
  void add_losses(std::span<const std::size_t> rows, MatrixView<double> scores,
                  std::span<double> sums) const {
    if (!multinomial) {
      for (std::size_t c = 0; c < sums.size(); ++c) {
        sums[c] += slopes_of(rows, c, {scores.row(c), rows.size()});
      }
      return;
    }
    std::vector<double> own(sums.size());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t c = 0; c < sums.size(); ++c) own[c] = scores(c, k);
      softmax_slopes(rows[k], own.data(), sums.data());
    }
  }

  // Whether the weights after an update count in the average.
  bool averaged(std::uint64_t update) const {
    return options.average_from > 0 && update + 1 >= options.average_from;
  }

  double eta(const Progress& progress) const {
    return std::visit([&](const auto& s) { return s.rule(options)(progress); }, schedule);
  }
  static constexpr std::size_t kMaxEtas = 64;

  // The step sizes of the updates first, first + stride, ..., at most kMaxEtas of them.
  void etas(std::uint64_t first, std::uint64_t stride, double updates_per_epoch,
            const Horizon& horizon, std::span<double> out) const {
    std::visit(
        [&](const auto& s) {
          const auto begin = static_cast<double>(first);
          const auto step = static_cast<double>(stride);
          const double done = static_cast<double>(first - options.updates_before);
          const double share = 1 / updates_per_epoch;
          const auto rule = s.rule(options);
          std::array<double, kMaxEtas> values;  // which the options cannot lie in
          for (int k = 0; k < static_cast<int>(out.size()); ++k) {
            const double more = step * k;
            values[k] = rule({begin + more, (done + more) * share, horizon});
          }
          std::copy_n(values.begin(), out.size(), out.begin());
        },
        schedule);
  }

  // The penalty of output c, read from the weights.
  double penalty_value(std::size_t c) const {
    const T* w = weights.coef.row(c);
    double value = 0;
    if (penalty.l2 > 0) {
      value += penalty.l2 / 2 *
               static_cast<double>(kernels::vector_kernels<T>().dot(w, w, n_features()));
    }
    if (penalty.l1 > 0) {
      double sum = 0;
      for (std::size_t j = 0; j < n_features(); ++j) sum += std::abs(static_cast<double>(w[j]));
      value += penalty.l1 * sum;
    }
    return value;
  }

 private:
  template <class Loss>
  double slopes_of(const Loss& l, std::span<const std::size_t> rows, std::size_t c,
                   std::span<double> scores, std::span<double> curvatures) const {
    double sum = 0;
    for (std::size_t j = 0; j < scores.size(); ++j) {
      const RowLabel own = label(rows[j], c);
      const LossPoint point = l.at(scores[j], own.target, options.epsilon);
      sum += own.weight * point.value;
      scores[j] = own.weight * std::clamp(point.gradient, -kMaxSlope, kMaxSlope);
      if (!curvatures.empty()) curvatures[j] = own.weight * point.curvature;
    }
    return sum;
  }
  double slopes_of(const LogLoss& /*l*/, std::span<const std::size_t> rows, std::size_t c,
                   std::span<double> scores, std::span<double> curvatures) const {
    std::array<RowLabel, kLossRows> labels_of;
    std::array<double, kLossRows> margins;
    std::array<double, kLossRows> wrong;
    std::array<double, kLossRows> values;
    for (std::size_t j = 0; j < scores.size(); ++j) {
      labels_of[j] = label(rows[j], c);
      margins[j] = labels_of[j].target * scores[j];
    }
    kernels::active_table().logistic(margins.data(), scores.size(), wrong.data(), values.data());
    double sum = 0;
    for (std::size_t j = 0; j < scores.size(); ++j) {
      sum += labels_of[j].weight * values[j];
      scores[j] = -labels_of[j].weight * labels_of[j].target * wrong[j];
      if (!curvatures.empty()) curvatures[j] = labels_of[j].weight * wrong[j] * (1 - wrong[j]);
    }
    return sum;
  }

  // The loss of the row goes to its own class: together the outputs have the whole.
  void softmax_slopes(std::size_t i, double* scores, double* losses) const {
    const std::size_t own = class_of(i);
    const double largest = *std::max_element(scores, scores + n_outputs());
    const double own_score = scores[own] - largest;
    double sum = 0;
    for (std::size_t c = 0; c < n_outputs(); ++c) {
      scores[c] = std::exp(scores[c] - largest);
      sum += scores[c];
    }
    const double s = weight(i, own);
    losses[own] += s * (std::log(sum) - own_score);
    for (std::size_t c = 0; c < n_outputs(); ++c) scores[c] *= s / sum;
    scores[own] -= s;
  }
};

}  // namespace slimline
