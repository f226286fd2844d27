// One pass of updates, one per row, over rows in a given order: row by row for any kind of weights,
// and four rows at a time for dense rows with scaled weights.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "core/interrupt.hpp"
#include "core/prefetch.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/sgd/four_row_steps.hpp"
#include "linear/sgd/scaled_weights.hpp"
#include "linear/stopping.hpp"

namespace slimline {

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
  // Whether it goes by four rows; rows of coef are then padded_columns() apart.
  static constexpr bool kFours = Rows::kDense && std::is_same_v<Weights, ScaledWeights<T>>;

  SequentialPass(const Rows& X, const SgdProblem<T>& problem, const SgdStopping& stopping,
                 MatrixView<T> coef, std::span<double> intercept)
      : X_(X),
        problem_(problem),
        stopping_(stopping),
        weights_(problem, stopping, coef, intercept),
        scores_(problem.n_outputs()),
        losses_(problem.n_outputs()),
        fours_(X, problem, stopping),
        passive_aggressive_(std::holds_alternative<PassiveAggressive1>(problem.schedule)   ? 1
                            : std::holds_alternative<PassiveAggressive2>(problem.schedule) ? 2
                                                                                           : 0) {}

  // Leaves the weights folded.
  void run(std::span<const std::size_t> rows, const UpdateNumbers& numbers) {
    std::array<double, kEtas> etas;
    for (std::size_t begin = 0; begin < rows.size(); begin += kEtas) {
      check_interrupt();
      const std::size_t size = std::min(kEtas, rows.size() - begin);
      const std::uint64_t first = numbers.first + begin * numbers.stride;
      problem_.etas(first, numbers.stride, numbers.per_epoch, numbers.horizon,
                    std::span(etas).first(size));
      std::size_t k = 0;
      if constexpr (kFours) {
        if (passive_aggressive_ == 0) {
          k = fours_.run(weights_, rows, begin, std::span(etas).first(size - size % 4), first,
                         numbers.stride, losses_.data());
        }
      }
      for (; k < size; ++k) {
        fours_.forget();
        run_one(rows, begin + k, etas[k], problem_.averaged(first + k * numbers.stride));
      }
    }
    fours_.forget();
    weights_.fold();
  }

  const Weights& weights() const { return weights_; }
  // The weighted losses of the rows visited since clear(), one sum per output.
  std::span<const double> losses() const { return losses_; }
  void clear_losses() { std::fill(losses_.begin(), losses_.end(), 0.0); }

 private:
  static constexpr std::size_t kEtas = SgdProblem<T>::kMaxEtas;

  auto running() const {
    return [this](std::size_t c) { return stopping_.running(c); };
  }

  void run_one(std::span<const std::size_t> rows, std::size_t k, double eta, bool averaged) {
    if constexpr (!Rows::kDense) {
      if (k + kRowsAhead < rows.size()) {
        X_.prefetch(rows[k + kRowsAhead]);
        problem_.prefetch(rows[k + kRowsAhead]);
      }
    }
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
      scores_[c] = point.gradient > 0 ? -step * weight : step * weight;
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  Weights weights_;
  std::vector<double> scores_;
  std::vector<double> losses_;
  FourRowSteps<T, Rows> fours_;
  int passive_aggressive_;
};

}  // namespace slimline
