// Weights for penalties with an l1 norm. They are scaled as in scaled_weights.hpp, and truncated
// towards zero, never across it, by the penalty accumulated so far (cumulative penalty of Tsuruoka,
// Tsujii & Ananiadou, "Stochastic Gradient Descent Training for L1-regularized Log-linear Models",
// ACL 2009). An update truncates only the columns of its row; fold() truncates all columns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "linear/sgd/scaled_weights.hpp"

namespace slimline {

template <class T>
class TruncatedWeights {
 public:
  TruncatedWeights(const SgdProblem<T>& problem, const SgdStopping& stopping, MatrixView<T> coef,
                   std::span<double> intercept)
      : problem_(problem),
        stopping_(stopping),
        v_(coef),
        intercept_(intercept),
        scale_(coef.rows(), 1),
        due_(coef.rows()),
        intercept_sum_(coef.rows()),
        paid_(coef.rows(), coef.cols()),
        sums_(problem.options.average_from > 0 ? coef.rows() : 0, coef.cols()) {}

  const Matrix<double>& sums() const { return sums_; }
  double intercept_sum(std::size_t c) const { return intercept_sum_[c]; }

  template <class Rows>
  void scores(const Rows& X, std::size_t i, double* p) const {
    scaled_scores<T>(X, i, stopping_, v_, scale_, intercept_, p);
  }

  template <class Rows>
  void update(const Rows& X, std::size_t i, const double* steps, double eta, bool averaged) {
    const double intercept_part = problem_.template intercept_part<Rows>();
    for (std::size_t c = 0; c < v_.rows(); ++c) {
      if (!stopping_.running(c)) continue;
      const double rate = eta * stopping_.rate(c);
      scale_[c] *= problem_.penalty.shrink(rate);
      if (scale_[c] < kMinScale) fold(c);
      if (steps[c] != 0) X.axpy(i, static_cast<T>(steps[c] / scale_[c]), v_.row(c));
      due_[c] += problem_.penalty.l1 * rate;
      X.each(i, [&](std::size_t j, T /*x*/) { cut(c, j); });
      if (problem_.options.fit_intercept) intercept_[c] += intercept_part * steps[c];
      if (averaged) add_to_sums(c);
    }
  }

  void fold() {
    for (std::size_t c = 0; c < v_.rows(); ++c) fold(c);
  }

 private:
  void cut(std::size_t c, std::size_t j) {
    T& v = v_.row(c)[j];
    const double w = static_cast<double>(v) * scale_[c];
    const double paid = static_cast<double>(paid_(c, j));
    double kept = w;
    if (w > 0) kept = std::max(0.0, w - (due_[c] + paid));
    if (w < 0) kept = std::min(0.0, w + (due_[c] - paid));
    paid_(c, j) = static_cast<T>(paid + kept - w);
    v = static_cast<T>(kept / scale_[c]);
  }
  void fold(std::size_t c) {
    T* v = v_.row(c);
    for (std::size_t j = 0; j < v_.cols(); ++j) {
      if (scale_[c] > 0) cut(c, j);
      v[j] = static_cast<T>(static_cast<double>(v[j]) * scale_[c]);
    }
    scale_[c] = 1;
  }
  void add_to_sums(std::size_t c) {
    const T* v = v_.row(c);
    for (std::size_t j = 0; j < v_.cols(); ++j)
      sums_(c, j) += static_cast<double>(v[j]) * scale_[c];
    intercept_sum_[c] += intercept_[c];
  }

  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  MatrixView<T> v_;
  std::span<double> intercept_;
  std::vector<double> scale_;
  std::vector<double> due_;  // the accumulated l1 penalty of every weight
  std::vector<double> intercept_sum_;
  Matrix<T> paid_;  // the truncation of each weight so far, signed
  Matrix<double> sums_;
};

}  // namespace slimline
