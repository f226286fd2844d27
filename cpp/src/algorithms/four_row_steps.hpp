// Updates by four dense rows at once.
//
// The scores of four updates come from the weights before them and from the products of the rows
// with one another: x_j . (w + sum_(r<j) a_r x_r) = x_j . w + sum_(r<j) a_r (x_r . x_j). The result
// is that of four single updates up to rounding. The weights are read and written once, in a pass
// that also takes their products with the next four rows; the products of those rows with one
// another fill the time in which each score waits for the one before.
//
// Every output reads the rows again, and loads that cross a cache line take twice as long: from a
// few outputs on, rows that are not aligned (NumPy aligns to 16 bytes) are copied first.
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
#include "core/prefetch.hpp"

namespace slimline {

template <class T, class Rows>
class FourRowSteps {
 public:
  FourRowSteps(const Rows& X, const SgdProblem<T>& problem, const SgdStopping& stopping)
      : X_(X),
        kernels_(kernels::vector_kernels<T>()),
        problem_(problem),
        stopping_(stopping),
        aligned_(copies() ? 8 : 0, chunk_count(X.cols(), kAligned) * kAligned),
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
    const MatrixView<T> W = weights.coef();
    if (!ready_) {
      now_ = take(i);
      kernels_.dot4(now_.data(), W.data(), W.stride(), W.rows(), W.cols(), sums_.data());
      kernels_.gram4(now_.data(), W.cols(), gram_.data());
    }
    bool any_averaged = false;
    if (!problem_.multinomial && problem_.options.average_from == 0) {
      std::visit(
          [&](const auto& loss) {
            for (std::size_t c = 0; c < scores_.size(); ++c) {
              step_output(loss, c, weights, i, etas, losses);
            }
          },
          problem_.loss);
    } else {
      any_averaged = step_outputs(weights, i, etas, first, stride, losses);
    }
    ready_ = k + 8 <= rows.size();
    if (k + kRowsAhead + 4 <= rows.size()) {
      for (std::size_t j = 0; j < 4; ++j) {
        X_.prefetch(rows[k + kRowsAhead + j]);
        problem_.prefetch(rows[k + kRowsAhead + j]);
      }
    }
    const FourPointers next =
        ready_ ? take({rows[k + 4], rows[k + 5], rows[k + 6], rows[k + 7]}) : FourPointers{};
    if (ready_) kernels_.gram4(next.data(), W.cols(), gram_.data());
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      if (any_averaged && stopping_.running(c)) {
        kernels_.axpy4(&corrections_[4 * c], now_.data(), weights.corrections(c), W.cols());
      }
      if (!ready_) kernels_.axpy4(&changes_[4 * c], now_.data(), W.row(c), W.cols());
    }
    if (!ready_) return;
    kernels_.axpy4_dot4(changes_.data(), now_.data(), next.data(), W.data(), W.stride(), W.rows(),
                        W.cols(), sums_.data());
    now_ = next;
  }

 private:
  using FourPointers = std::array<const T*, 4>;

  static constexpr std::size_t kCopiedOutputs = 4;         // from here on copying pays
  static constexpr std::size_t kAligned = 64 / sizeof(T);  // values of a cache line

  bool copies() const {
    if constexpr (Rows::kDense) {
      const auto address = reinterpret_cast<std::uintptr_t>(X_.view().data());
      const std::size_t step = X_.view().stride() * sizeof(T);
      return problem_.n_outputs() >= kCopiedOutputs && (address % 64 != 0 || step % 64 != 0);
    } else {
      return false;
    }
  }

  FourPointers take(const FourRows& i) {
    FourPointers x = X_.pointers(i);
    if (aligned_.rows() == 0) return x;
    half_ = 4 - half_;  // the other four are still to be added
    for (std::size_t j = 0; j < 4; ++j) {
      T* copy = aligned_.row(half_ + j);
      std::copy_n(x[j], X_.cols(), copy);
      x[j] = copy;
    }
    return x;
  }

  // Four updates of an output that neither is averaged nor knows of the others, with its loss known
  // to the compiler: the common case, in which these few numbers are what a row costs.
  template <class Loss>
  void step_output(const Loss& loss, std::size_t c, ScaledWeights<T>& weights, const FourRows& i,
                   const double* etas, double* losses) {
    T* const changes = &changes_[4 * c];
    if (!stopping_.running(c)) {
      std::fill_n(changes, 4, T{0});
      return;
    }
    const double rate = stopping_.rate(c);
    std::array<double, 5> scales;
    std::array<double, 4> steps;  // of v along a row, for slope -1 and weight 1
    scales[0] = weights.scale(c);
    for (std::size_t j = 0; j < 4; ++j) {
      const double eta = etas[j] * rate;
      scales[j + 1] = scales[j] * problem_.penalty.shrink(eta);
      steps[j] = eta / scales[j + 1];
    }
    // The score of a row waits for the slopes of those before it; all else is ready by then:
    // scores[j] += forces[r] * coupling of j and r, which holds the step and the two scales.
    const double learns_intercept = problem_.options.fit_intercept ? rate : 0;
    std::array<double, 4> scores;
    std::array<double, 6> couplings;
    for (std::size_t j = 0; j < 4; ++j) {
      scores[j] = static_cast<double>(sums_[4 * c + j]) * scales[j] + weights.intercept()[c];
      for (std::size_t r = 0; r < j; ++r) {
        const std::size_t jr = j * (j - 1) / 2 + r;
        couplings[jr] =
            static_cast<double>(gram_[jr]) * (steps[r] * scales[j]) + learns_intercept * etas[r];
      }
    }
    FourLosses<Loss> four;
    std::array<double, 4> forces;
    for (std::size_t j = 0; j < 4; ++j) {
      double p = scores[j];
      for (std::size_t r = 0; r < j; ++r) p += forces[r] * couplings[j * (j - 1) / 2 + r];
      const RowLabel label = problem_.label(i[j], c);
      const double slope = four.slope(loss, p, label, problem_.options.epsilon);
      forces[j] = -label.weight * std::min(std::max(slope, -kMaxSlope), kMaxSlope);
    }
    double intercept = weights.intercept()[c];
    for (std::size_t j = 0; j < 4; ++j) {
      changes[j] = static_cast<T>(steps[j] * forces[j]);
      intercept += learns_intercept * etas[j] * forces[j];
    }
    losses[c] += four.sum();
    weights.set(c, scales[4], intercept);
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
  kernels::VectorKernels<T> kernels_;
  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  Matrix<T> aligned_;  // these four rows and the next four
  std::size_t half_ = 0;
  FourPointers now_{};
  bool ready_ = false;  // sums_ and gram_ hold the products of the rows to come
  std::vector<double> scores_;
  std::vector<T> sums_;  // [output][row]
  std::array<T, 6> gram_;
  std::vector<T> changes_;      // of v along each row, [output][row]
  std::vector<T> corrections_;  // of the sums of weights, likewise
};

}  // namespace slimline
