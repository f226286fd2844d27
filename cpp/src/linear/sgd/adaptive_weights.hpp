// Weights with adaptive step sizes. The step of every weight is divided by the root of the sum of
// its squared gradients (AdaGrad: Duchi, Hazan & Singer, JMLR 12, 2011), which helps columns that
// are rarely nonzero. It is also divided by the largest |x| of the column, which helps columns that
// are not scaled (Ross, Mineiro & Langford, "Normalized Online Learning", UAI 2013). The l2 penalty
// is a lazy update: it is applied to a column when a row next touches it, or by fold().
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "linear/problem.hpp"
#include "linear/stopping.hpp"

namespace slimline {

template <class T>
class AdaptiveWeights {
 public:
  AdaptiveWeights(const SgdProblem<T>& problem, const SgdStopping& stopping, MatrixView<T> coef,
                  std::span<double> intercept)
      : problem_(problem),
        stopping_(stopping),
        w_(coef),
        intercept_(intercept),
        squares_(problem.weights.squares),
        time_(coef.rows()),
        paid_(coef.rows(), coef.cols()),
        intercept_sum_(coef.rows()),
        sums_(problem.options.average_from > 0 ? coef.rows() : 0, coef.cols()) {}

  const Matrix<double>& sums() const { return sums_; }
  double intercept_sum(std::size_t c) const { return intercept_sum_[c]; }

  template <class Rows>
  void scores(const Rows& X, std::size_t i, double* p) {
    for (std::size_t c = 0; c < w_.rows(); ++c) {
      if (!stopping_.running(c)) continue;
      if (problem_.penalty.l2 > 0) X.each(i, [&](std::size_t j, T /*x*/) { settle(c, j); });
      p[c] = static_cast<double>(X.dot(i, w_.row(c))) + intercept_[c];
    }
  }

  // steps[c] is -eta times the weighted gradient of output c.
  template <class Rows>
  void update(const Rows& X, std::size_t i, const double* steps, double eta, bool averaged) {
    for (std::size_t c = 0; c < w_.rows(); ++c) {
      if (!stopping_.running(c)) continue;
      const double rate = eta * stopping_.rate(c);
      if (steps[c] != 0 && rate > 0) {
        const double slope = -steps[c] / rate;
        T* w = w_.row(c);
        X.each(i, [&](std::size_t j, T x) {
          const double g = slope * static_cast<double>(x);
          if (g == 0) return;
          w[j] -= static_cast<T>(rate * g / (scale(j) * root_of_sum(squares_(c, j), g)));
        });
        if (problem_.options.fit_intercept) {
          intercept_[c] -= rate * slope / root_of_sum(problem_.weights.intercept_squares[c], slope);
        }
      }
      time_[c] += rate;
      if (averaged) add_to_sums(c);
    }
  }

  void fold() {
    for (std::size_t c = 0; c < w_.rows(); ++c) {
      for (std::size_t j = 0; j < w_.cols(); ++j) settle(c, j);
    }
  }

 private:
  double scale(std::size_t j) const {
    return static_cast<double>(squares_(squares_.rows() - 1, j));
  }
  // Adds g^2 to a sum of squares and returns the root of it.
  template <class S>
  static double root_of_sum(S& squares, double g) {
    const double sum = static_cast<double>(squares) + g * g;
    squares = static_cast<S>(sum);
    return std::sqrt(sum);
  }
  // Takes the L2 penalty that has come due on a weight since it was last looked at.
  void settle(std::size_t c, std::size_t j) {
    const double due = time_[c] - paid_(c, j);
    paid_(c, j) = time_[c];
    const double squares = static_cast<double>(squares_(c, j));
    if (due == 0 || squares == 0) return;
    const double factor = 1 - problem_.penalty.l2 * due / (scale(j) * std::sqrt(squares));
    w_(c, j) = static_cast<T>(static_cast<double>(w_(c, j)) * std::max(0.0, factor));
  }
  void add_to_sums(std::size_t c) {
    for (std::size_t j = 0; j < w_.cols(); ++j) sums_(c, j) += static_cast<double>(w_(c, j));
    intercept_sum_[c] += intercept_[c];
  }

  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  MatrixView<T> w_;
  std::span<double> intercept_;
  MatrixView<T> squares_;
  std::vector<double> time_;  // the sum of the step sizes so far
  Matrix<double> paid_;       // time_ when the penalty of a weight was last taken
  std::vector<double> intercept_sum_;
  Matrix<double> sums_;
};

}  // namespace slimline
