// One pass of updates, one a row, over rows in a given order: row by row for any kind of weights,
// and for dense rows with scaled weights four rows at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "algorithms/rows.hpp"
#include "algorithms/scaled_weights.hpp"
#include "algorithms/sgd_problem.hpp"
#include "algorithms/sgd_stopping.hpp"

namespace slimline {

// Rows to ask for in advance: 16 updates of 100 features take several cache misses.
inline constexpr std::size_t kAhead = 16;

// Which updates a pass makes: the k-th has number first + k stride.
struct UpdateNumbers {
  std::uint64_t first;
  std::uint64_t stride;
  double per_epoch;
  Horizon horizon;
};

template <class T, class Rows, class Weights>
class SequentialPass {
 public:
  SequentialPass(const Rows& X, const SgdProblem<T>& problem, const SgdStopping& stopping,
                 MatrixView<T> coef, std::span<double> intercept)
      : X_(X),
        problem_(problem),
        stopping_(stopping),
        weights_(problem, stopping, coef, intercept),
        scores_(problem.n_outputs()),
        losses_(problem.n_outputs()),
        sums_(4 * problem.n_outputs()),
        changes_(4 * problem.n_outputs()),
        corrections_(4 * problem.n_outputs()),
        passive_aggressive_(std::holds_alternative<PassiveAggressive1>(problem.schedule)   ? 1
                            : std::holds_alternative<PassiveAggressive2>(problem.schedule) ? 2
                                                                                           : 0) {}

  // Leaves the weights folded.
  void run(std::span<const std::size_t> rows, const UpdateNumbers& numbers) {
    std::array<double, kEtas> etas;
    for (std::size_t begin = 0; begin < rows.size(); begin += kEtas) {
      const std::size_t size = std::min(kEtas, rows.size() - begin);
      const std::uint64_t first = numbers.first + begin * numbers.stride;
      problem_.etas(first, numbers.stride, numbers.per_epoch, numbers.horizon,
                    std::span(etas).first(size));
      std::size_t k = 0;
      if constexpr (Rows::kDense && std::is_same_v<Weights, ScaledWeights<T>>) {
        if (passive_aggressive_ == 0) {
          k = run_fours(rows, begin, std::span(etas).first(size), {first, numbers.stride});
        }
      }
      for (; k < size; ++k) {
        run_one(rows, begin + k, etas[k], averaged(first + k * numbers.stride));
      }
    }
    weights_.fold();
  }

  const Weights& weights() const { return weights_; }
  // The weighted losses of the rows visited since clear(), one sum an output.
  std::span<const double> losses() const { return losses_; }
  void clear_losses() { std::fill(losses_.begin(), losses_.end(), 0.0); }

 private:
  static constexpr std::size_t kEtas = SgdProblem<T>::kMaxEtas;

  bool averaged(std::uint64_t update) const {
    return problem_.options.average_from > 0 && update + 1 >= problem_.options.average_from;
  }
  auto running() const {
    return [this](std::size_t c) { return stopping_.running(c); };
  }

  void prefetch(std::size_t i) const {
    X_.prefetch(i);
    if (!problem_.labels.empty()) prefetch_lines(&problem_.labels[i], 1);
  }

  void run_one(std::span<const std::size_t> rows, std::size_t k, double eta, bool averaged) {
    if (k + kAhead < rows.size()) prefetch(rows[k + kAhead]);
    const std::size_t i = rows[k];
    weights_.scores(X_, i, scores_.data());
    if (passive_aggressive_ != 0) {
      passive_aggressive_steps(i);
    } else {
      problem_.slopes(i, scores_.data(), losses_.data(), running());
      for (std::size_t c = 0; c < scores_.size(); ++c) scores_[c] *= -eta * stopping_.rate(c);
    }
    weights_.update(X_, i, scores_.data(), eta, averaged);
  }

  // Turns scores into steps (Crammer et al., JMLR 7, 2006, figure 1).
  void passive_aggressive_steps(std::size_t i) {
    const double norm = X_.squared_norm(i);
    const double eta0 = problem_.options.eta0;
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      const LossPoint point = problem_.loss_point(scores_[c], problem_.target(i, c));
      const double weight = problem_.weight(i, c);
      if (stopping_.running(c)) losses_[c] += weight * point.value;
      double step = 0;
      if (norm > 0) {
        step = passive_aggressive_ == 1 ? std::min(eta0, point.value / norm)
                                        : point.value / (norm + 0.5 / eta0);
      }
      scores_[c] = point.slope > 0 ? -step * weight : step * weight;
    }
  }

  // Which of the updates a block makes are averaged.
  struct Block {
    std::uint64_t first;
    std::uint64_t stride;
    std::uint64_t number(std::size_t k) const { return first + k * stride; }
  };

  // Updates by four rows, as far as they go; returns how far.
  std::size_t run_fours(std::span<const std::size_t> rows, std::size_t begin,
                        std::span<const double> etas, Block block) {
    const bool single = scores_.size() == 1 && problem_.options.average_from == 0;
    return std::visit(
        [&](const auto& loss) {
          std::size_t k = 0;
          for (; k + 4 <= etas.size(); k += 4) {
            if (!prepare_scales(&etas[k])) {
              for (std::size_t j = k; j < k + 4; ++j) {
                run_one(rows, begin + j, etas[j], averaged(block.number(j)));
              }
            } else if (single) {
              run_four_single(loss, rows, begin + k, &etas[k]);
            } else {
              run_four(rows, begin + k, &etas[k], {block.number(k), block.stride});
            }
          }
          return k;
        },
        problem_.loss);
  }

  FourRows take_four(std::span<const std::size_t> rows, std::size_t k) const {
    for (std::size_t j = k + kAhead; j < k + kAhead + 4 && j < rows.size(); ++j) prefetch(rows[j]);
    return {rows[k], rows[k + 1], rows[k + 2], rows[k + 3]};
  }

  // Four updates at once. Their scores come from the weights before them and from the products of
  // the rows with one another: x_j . (w + sum_(r<j) a_r x_r) = x_j . w + sum_(r<j) a_r (x_r . x_j).
  // The result is that of four single updates up to rounding; the weights are read and written
  // once.
  void run_four(std::span<const std::size_t> rows, std::size_t k, const double* etas, Block block) {
    const FourRows i = take_four(rows, k);
    std::array<T, 6> gram;
    const MatrixView<T> v = weights_.coef();
    X_.dot4_gram(i, v.row(0), sums_.data(), gram.data());
    if (v.rows() > 1) X_.dot4(i, v.slice(1, v.rows()), sums_.data() + 4);
    std::fill(changes_.begin(), changes_.end(), T{0});
    bool any_averaged = false;
    for (std::size_t j = 0; j < 4; ++j) {
      const bool counts = averaged(block.number(j));
      any_averaged = any_averaged || counts;
      update_j(i[j], j, etas[j], counts, gram.data() + j * (j - 1) / 2);
    }
    for (std::size_t c = 0; c < v.rows(); ++c) {
      const T* a = &changes_[4 * c];
      if (a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] == 0) continue;
      X_.axpy4(i, a, v.row(c));
      if (any_averaged) X_.axpy4(i, &corrections_[4 * c], weights_.corrections(c));
    }
  }

  // run_four for one output that is not averaged, with its loss known to the compiler: the common
  // case, in which these few numbers are what a row costs.
  template <class Loss>
  void run_four_single(const Loss& loss, std::span<const std::size_t> rows, std::size_t k,
                       const double* etas) {
    const FourRows i = take_four(rows, k);
    std::array<T, 4> sums;
    std::array<T, 6> gram;
    std::array<T, 4> a{};
    X_.dot4_gram(i, weights_.coef().row(0), sums.data(), gram.data());
    const double rate = stopping_.rate(0);
    const double epsilon = problem_.options.epsilon;
    double scale = weights_.scale(0);
    double intercept = weights_.intercept()[0];
    double total = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      T sum = sums[j];
      for (std::size_t r = 0; r < j; ++r) sum += a[r] * gram[j * (j - 1) / 2 + r];
      const RowLabel label = problem_.labels[i[j]];
      const LossPoint point =
          loss.at(static_cast<double>(sum) * scale + intercept, label.target, epsilon);
      total += label.weight * point.value;
      const double eta = etas[j] * rate;
      scale *= problem_.penalty.shrink(eta);
      const double step = -eta * label.weight * std::clamp(point.slope, -kMaxSlope, kMaxSlope);
      a[j] = static_cast<T>(step / scale);
      if (problem_.options.fit_intercept) intercept += step;
    }
    losses_[0] += total;
    weights_.set(0, scale, intercept);
    if (a[0] != 0 || a[1] != 0 || a[2] != 0 || a[3] != 0) {
      X_.axpy4(i, a.data(), weights_.coef().row(0));
    }
  }

  // The j-th of four updates; gram holds the products of row j with the rows before it.
  void update_j(std::size_t i, std::size_t j, double eta, bool counts, const T* gram) {
    const std::size_t n_outputs = scores_.size();
    for (std::size_t c = 0; c < n_outputs; ++c) {
      T sum = sums_[4 * c + j];
      for (std::size_t r = 0; r < j; ++r) sum += changes_[4 * c + r] * gram[r];
      scores_[c] = static_cast<double>(sum) * weights_.scale(c) + weights_.intercept()[c];
    }
    problem_.slopes(i, scores_.data(), losses_.data(), running());
    for (std::size_t c = 0; c < n_outputs; ++c) {
      if (!stopping_.running(c)) continue;
      const double rate = eta * stopping_.rate(c);
      weights_.shrink(c, problem_.penalty.shrink(rate));
      const double change = -rate / weights_.scale(c) * scores_[c];
      changes_[4 * c + j] = static_cast<T>(change);
      weights_.step_intercept(c, -rate * scores_[c]);
      if (problem_.options.average_from == 0) continue;
      corrections_[4 * c + j] = counts ? static_cast<T>(-weights_.area(c) * change) : T{0};
      if (counts) weights_.count(c);
    }
  }

  // Makes sure that four steps leave every scale large enough; false if they can't.
  bool prepare_scales(const double* etas) {
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      double factor = 1;
      for (std::size_t j = 0; j < 4; ++j) {
        factor *= problem_.penalty.shrink(etas[j] * stopping_.rate(c));
      }
      if (factor < kMinScale) return false;
      if (weights_.scale(c) * factor < kMinScale) weights_.fold(c);
    }
    return true;
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  Weights weights_;
  std::vector<double> scores_;
  std::vector<double> losses_;
  std::vector<T> sums_;         // [output][row]
  std::vector<T> changes_;      // of v along each row, [output][row]
  std::vector<T> corrections_;  // of the sums of weights, likewise
  int passive_aggressive_;
};

}  // namespace slimline
