// Updates by four dense rows at once.
//
// The scores of four updates come from the weights before them and from the products of the rows
// with one another: x_j . (w + sum_(r<j) a_r x_r) = x_j . w + sum_(r<j) a_r (x_r . x_j). The result
// is that of four single updates up to rounding. The weights are read and written once, in a pass
// that also takes their products with the next four rows; the products of those rows with one
// another fill the time in which each score waits for the one before.
//
// Every output reads the rows again, and loads that cross a cache line take twice as long. So from
// a few outputs on, rows that are not aligned (NumPy aligns to 16 bytes) are copied first. With
// fewer outputs the copy does not pay: its stores keep the processor from loading ahead.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/prefetch.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/sgd/four_losses.hpp"
#include "linear/sgd/scaled_weights.hpp"
#include "linear/stopping.hpp"

namespace slimline {

// From one row of n weights to the next.
template <class T>
std::size_t padded_columns(std::size_t n) {
  constexpr std::size_t kValues = kernels::kPadded / sizeof(T);
  return chunk_count(n, kValues) * kValues;
}

template <class T, class Rows>
class FourRowSteps {
 public:
  FourRowSteps(const Rows& X, const SgdProblem<T>& problem, const SgdStopping& stopping)
      : X_(X),
        kernels_(kernels::vector_kernels<T>()),
        problem_(problem),
        stopping_(stopping),
        simple_(!problem.multinomial && problem.options.average_from == 0),
        copies_(copies() ? 8 : 0, padded_columns<T>(X.cols())),
        scores_(problem.n_outputs()),
        sums_(4 * problem.n_outputs()),
        changes_(4 * problem.n_outputs()),
        corrections_(4 * problem.n_outputs()) {}

  // Updates of weights whose rows are padded_columns() apart, for rows[k], rows[k + 1], ... with
  // the step sizes `etas`, a multiple of four; returns for how many: none where the steps are too
  // large for four at once. first, stride: the numbers of the updates. Adds to losses, one sum per
  // output.
  std::size_t run(ScaledWeights<T>& weights, std::span<const std::size_t> rows, std::size_t k,
                  std::span<const double> etas, std::uint64_t first, std::uint64_t stride,
                  double* losses) {
    const double least = least_shrink(etas);
    if (least < kMinScale) return 0;
    const auto steps = [&](const auto& step) {
      for (std::size_t q = 0; q < etas.size(); q += 4) {
        run_four(weights, rows, k + q, least, [&] { return step(q); });
      }
    };
    if (simple_) {
      with_loss(problem_.loss, [&](const auto& loss) {
        steps([&](std::size_t q) {
          step_outputs(loss, weights, rows.data() + k + q, etas.data() + q, losses);
          return false;
        });
        return true;
      });
    } else {
      steps([&](std::size_t q) {
        return step_rows(weights, rows.data() + k + q, etas.data() + q, first + q * stride, stride,
                         losses);
      });
    }
    return etas.size();
  }

  // Must be called when the weights or the next rows have changed since the last run.
  void forget() { ready_ = false; }

 private:
  using FourPointers = std::array<const T*, 4>;

  static constexpr std::size_t kCopiedOutputs = 4;  // from here on copying is faster

  // A lower bound of the factor by which four of these steps shrink a scale.
  double least_shrink(std::span<const double> etas) const {
    if (etas.empty()) return 0;
    double rate = 0;
    for (std::size_t c = 0; c < scores_.size(); ++c) rate = std::max(rate, stopping_.rate(c));
    const double eta = *std::max_element(etas.begin(), etas.end());
    const double factor = problem_.penalty.shrink(eta * rate);
    return factor * factor * factor * factor;
  }

  // step() turns sums_ and gram_ into changes_, and returns whether any of its updates is part of
  // the average.
  template <class Step>
  void run_four(ScaledWeights<T>& weights, std::span<const std::size_t> rows, std::size_t k,
                double least, const Step& step) {
    const MatrixView<T> W = weights.coef();
    for (std::size_t c = 0; c < W.rows(); ++c) {
      if (weights.scale(c) * least >= kMinScale) continue;
      weights.fold(c);
      forget();
    }
    if (!ready_) {
      now_ = take(rows.data() + k);
      kernels_.dot4(now_.data(), W.data(), W.stride(), W.rows(), W.cols(), sums_.data());
    }
    const bool any_averaged = step();
    if (k + kRowsAhead + 4 <= rows.size()) {
      for (std::size_t j = 0; j < 4; ++j) {
        X_.prefetch(rows[k + kRowsAhead + j]);
        problem_.prefetch(rows[k + kRowsAhead + j]);
      }
    }
    for (std::size_t c = 0; any_averaged && c < W.rows(); ++c) {
      if (!stopping_.running(c)) continue;
      kernels_.axpy4(&corrections_[4 * c], now_.data(), weights.corrections(c), W.cols());
    }
    ready_ = k + 8 <= rows.size();
    if (ready_) {
      const FourPointers next = take(rows.data() + k + 4);
      kernels_.axpy4_dot4(changes_.data(), now_.data(), next.data(), W.data(), W.stride(), W.rows(),
                          W.cols(), sums_.data());
      now_ = next;
    } else {
      for (std::size_t c = 0; c < W.rows(); ++c) {
        kernels_.axpy4(&changes_[4 * c], now_.data(), W.row(c), W.cols());
      }
    }
  }

  bool copies() const {
    if constexpr (Rows::kDense) {
      const auto address = reinterpret_cast<std::uintptr_t>(X_.view().data());
      const std::size_t step = X_.view().stride() * sizeof(T);
      return problem_.n_outputs() >= kCopiedOutputs && (address % 64 != 0 || step % 64 != 0);
    } else {
      return false;
    }
  }

  // Returns where to read four rows, and computes their products with one another.
  FourPointers take(const std::size_t* i) {
    FourPointers x = X_.pointers({i[0], i[1], i[2], i[3]});
    if (copies_.rows() > 0) {
      half_ = 4 - half_;  // the other four are still to be added
      for (std::size_t j = 0; j < 4; ++j) {
        x[j] = std::copy_n(x[j], X_.cols(), copies_.row(half_ + j)) - X_.cols();
      }
    }
    kernels_.gram4(x.data(), X_.cols(), gram_.data());
    return x;
  }

  // Four updates of outputs that are independent and not averaged, with the loss known at compile
  // time: the common case, in which this arithmetic dominates the cost per row.
  template <class Loss>
  void step_outputs(const Loss& loss, ScaledWeights<T>& weights, const std::size_t* i,
                    const double* etas, double* losses) {
    for (std::size_t c = 0; c < scores_.size(); ++c) {
      if (stopping_.running(c)) {
        step_output(loss, c, weights, i, etas, losses);
      } else {
        std::fill_n(&changes_[4 * c], 4, T{0});
      }
    }
  }

  template <class Loss>
  void step_output(const Loss& loss, std::size_t c, ScaledWeights<T>& weights, const std::size_t* i,
                   const double* etas, double* losses) {
    const double rate = stopping_.rate(c);
    const double e0 = etas[0] * rate, e1 = etas[1] * rate, e2 = etas[2] * rate, e3 = etas[3] * rate;
    const PenaltyStrength& penalty = problem_.penalty;
    const double f0 = penalty.shrink(e0), f1 = penalty.shrink(e1), f2 = penalty.shrink(e2),
                 f3 = penalty.shrink(e3);
    const double scale = weights.scale(c);
    const double f01 = f0 * f1, f12 = f1 * f2, f23 = f2 * f3;
    const double end = scale * (f01 * f23);
    const double b = weights.intercept()[c];
    const double learns = problem_.options.fit_intercept ? 1 : 0;
    const T* const sums = &sums_[4 * c];
    const auto product = [&](std::size_t pair) { return static_cast<double>(gram_[pair]); };
    // The score of a row depends on the gradients of the rows before it; all else is computed
    // before: score j += force r * coupling of r and j, which contains the step and the two scales.
    const double k01 = e0 * (product(0) + learns);
    const double k02 = e0 * (product(1) * f1 + learns);
    const double k12 = e1 * (product(2) + learns);
    const double k03 = e0 * (product(3) * f12 + learns);
    const double k13 = e1 * (product(4) * f2 + learns);
    const double k23 = e2 * (product(5) + learns);
    FourLosses<Loss> four;
    const auto force = [&](std::size_t j, double p) {
      const RowLabel label = problem_.label(i[j], c);
      double slope = four.slope(loss, p, label, problem_.options.epsilon);
      if constexpr (!Loss::bounded) slope = std::min(std::max(slope, -kMaxSlope), kMaxSlope);
      return -label.weight * slope;
    };
    const double a0 = force(0, static_cast<double>(sums[0]) * scale + b);
    const double p1 = static_cast<double>(sums[1]) * (scale * f0) + b;
    const double a1 = force(1, p1 + a0 * k01);
    const double p2 = static_cast<double>(sums[2]) * (scale * f01) + b;
    const double a2 = force(2, p2 + a0 * k02 + a1 * k12);
    const double p3 = static_cast<double>(sums[3]) * (scale * (f01 * f2)) + b;
    const double a3 = force(3, p3 + a0 * k03 + a1 * k13 + a2 * k23);
    const double along = 1 / end;  // of v along a row, for a force and a step of 1
    T* const changes = &changes_[4 * c];
    changes[0] = static_cast<T>(a0 * (e0 * (along * (f1 * f23))));
    changes[1] = static_cast<T>(a1 * (e1 * (along * f23)));
    changes[2] = static_cast<T>(a2 * (e2 * (along * f3)));
    changes[3] = static_cast<T>(a3 * (e3 * along));
    losses[c] += four.sum();
    weights.set(c, end, b + learns * ((a0 * e0 + a1 * e1) + (a2 * e2 + a3 * e3)));
  }

  // Any outputs. Returns whether any of the updates is part of the average.
  bool step_rows(ScaledWeights<T>& weights, const std::size_t* i, const double* etas,
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
  bool simple_;
  Matrix<T> copies_;  // of four rows and of the next four
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
