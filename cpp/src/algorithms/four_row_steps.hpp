// Updates by four dense rows at once.
//
// The scores of four updates come from the weights before them and from the products of the rows
// with one another: x_j . (w + sum_(r<j) a_r x_r) = x_j . w + sum_(r<j) a_r (x_r . x_j). The result
// is that of four single updates up to rounding. The weights are read and written once, in a pass
// that also takes their products with the next four rows; the products of those rows with one
// another fill the time in which each score waits for the one before.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "algorithms/four_losses.hpp"
#include "algorithms/rows.hpp"
#include "algorithms/scaled_weights.hpp"
#include "algorithms/sgd_problem.hpp"
#include "algorithms/sgd_stopping.hpp"

namespace slimline {

template <class T, class Rows>
class FourRowSteps {
 public:
  FourRowSteps(const Rows& X, const SgdProblem<T>& problem, const SgdStopping& stopping)
      : X_(X),
        problem_(problem),
        stopping_(stopping),
        scores_(problem.n_outputs()),
        sums_(4 * problem.n_outputs()),
        changes_(4 * problem.n_outputs()),
        corrections_(4 * problem.n_outputs()) {}

  // Whether four steps leave every scale large enough; folds those that are small now.
  bool prepare(ScaledWeights<T>& weights, const double* etas) {
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      double factor = 1;
      for (std::size_t j = 0; j < 4; ++j) {
        factor *= problem_.penalty.shrink(etas[j] * stopping_.rate(c));
      }
      if (factor < kMinScale) return false;
      if (weights.scale(c) * factor < kMinScale) {
        weights.fold(c);
        forget();
      }
    }
    return true;
  }
  // To be called when weights or the rows to come are not what the last run saw.
  void forget() { ready_ = false; }

  // Updates for rows[k] to rows[k + 3], whose step sizes are etas. first, stride: the numbers of
  // the updates. Adds to losses, one sum an output.
  void run(ScaledWeights<T>& weights, std::span<const std::size_t> rows, std::size_t k,
           const double* etas, std::uint64_t first, std::uint64_t stride, double* losses) {
    const FourRows i{rows[k], rows[k + 1], rows[k + 2], rows[k + 3]};
    if (!ready_) {
      X_.dot4(i, weights.coef(), sums_.data());
      X_.gram4(i, gram_.data());
    }
    bool any_averaged = false;
    if (scores_.size() == 1 && problem_.options.average_from == 0) {
      std::visit([&](const auto& loss) { step_single(loss, weights, i, etas, losses); },
                 problem_.loss);
    } else {
      any_averaged = step_outputs(weights, i, etas, first, stride, losses);
    }
    ready_ = k + 8 <= rows.size();
    const FourRows next =
        ready_ ? FourRows{rows[k + 4], rows[k + 5], rows[k + 6], rows[k + 7]} : FourRows{};
    if (ready_) X_.gram4(next, gram_.data());
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      if (any_averaged && stopping_.running(c)) {
        X_.axpy4(i, &corrections_[4 * c], weights.corrections(c));
      }
      if (!ready_) X_.axpy4(i, &changes_[4 * c], weights.coef().row(c));
    }
    if (ready_) X_.axpy4_dot4(i, changes_.data(), next, weights.coef(), sums_.data());
  }

 private:
  // One output that is not averaged, with its loss known to the compiler: the common case, in which
  // these few numbers are what a row costs.
  template <class Loss>
  void step_single(const Loss& loss, ScaledWeights<T>& weights, const FourRows& i,
                   const double* etas, double* losses) {
    const double rate = stopping_.rate(0);
    std::array<double, 5> scales;
    std::array<double, 4> steps;  // of v along a row, for slope -1 and weight 1
    scales[0] = weights.scale(0);
    for (std::size_t j = 0; j < 4; ++j) {
      const double eta = etas[j] * rate;
      scales[j + 1] = scales[j] * problem_.penalty.shrink(eta);
      steps[j] = eta / scales[j + 1];
    }
    double intercept = weights.intercept()[0];
    const double learns_intercept = problem_.options.fit_intercept ? rate : 0;
    FourLosses<Loss> four;
    std::array<T, 4> a;
    for (std::size_t j = 0; j < 4; ++j) {
      T sum = sums_[j];
      for (std::size_t r = 0; r < j; ++r) sum += a[r] * gram_[j * (j - 1) / 2 + r];
      const RowLabel& label = problem_.labels[i[j]];
      const double p = static_cast<double>(sum) * scales[j] + intercept;
      const double slope = four.slope(loss, p, label, problem_.options.epsilon);
      const double force = -label.weight * std::min(std::max(slope, -kMaxSlope), kMaxSlope);
      a[j] = static_cast<T>(steps[j] * force);
      intercept += learns_intercept * etas[j] * force;
    }
    std::copy(a.begin(), a.end(), changes_.begin());
    losses[0] += four.sum();
    weights.set(0, scales[4], intercept);
  }

  // Any outputs; whether any of the updates counts in the average.
  bool step_outputs(ScaledWeights<T>& weights, const FourRows& i, const double* etas,
                    std::uint64_t first, std::uint64_t stride, double* losses) {
    std::fill(changes_.begin(), changes_.end(), T{0});
    bool any_averaged = false;
    for (std::size_t j = 0; j < 4; ++j) {
      const bool averaged = problem_.averaged(first + j * stride);
      any_averaged = any_averaged || averaged;
      step_row(weights, i[j], j, etas[j], averaged, losses);
    }
    return any_averaged;
  }

  // The j-th of four updates, of row i.
  void step_row(ScaledWeights<T>& weights, std::size_t i, std::size_t j, double eta, bool averaged,
                double* losses) {
    const T* gram = gram_.data() + j * (j - 1) / 2;  // products with the rows before it
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      T sum = sums_[4 * c + j];
      for (std::size_t r = 0; r < j; ++r) sum += changes_[4 * c + r] * gram[r];
      scores_[c] = static_cast<double>(sum) * weights.scale(c) + weights.intercept()[c];
    }
    problem_.slopes(i, scores_.data(), losses,
                    [this](std::size_t c) { return stopping_.running(c); });
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      if (!stopping_.running(c)) continue;
      const double rate = eta * stopping_.rate(c);
      weights.shrink(c, problem_.penalty.shrink(rate));
      const double change = -rate / weights.scale(c) * scores_[c];
      changes_[4 * c + j] = static_cast<T>(change);
      weights.step_intercept(c, -rate * scores_[c]);
      if (problem_.options.average_from == 0) continue;
      corrections_[4 * c + j] = averaged ? static_cast<T>(-weights.area(c) * change) : T{0};
      if (averaged) weights.count(c);
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  bool ready_ = false;  // sums_ and gram_ hold the products of the rows to come
  std::vector<double> scores_;
  std::vector<T> sums_;  // [output][row]
  std::array<T, 6> gram_;
  std::vector<T> changes_;      // of v along each row, [output][row]
  std::vector<T> corrections_;  // of the sums of weights, likewise
};

}  // namespace slimline
