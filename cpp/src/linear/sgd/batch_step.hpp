// The update by the gradient of a mini-batch: momentum, Nesterov's momentum, adaptive scaling, and
// the penalty. The l2 norm is part of the gradient. The l1 norm is a proximal step (soft
// thresholding), so that weights become exactly zero.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "linear/problem.hpp"

namespace slimline {

template <class T>
class BatchStep {
 public:
  explicit BatchStep(const SgdProblem<T>& problem)
      : problem_(problem),
        options_(problem.options),
        velocity_(options_.momentum > 0 ? problem.n_outputs() : 0, problem.n_features()),
        intercept_velocity_(problem.n_outputs()) {}

  // One step of size eta along the gradient of output c: `gradient` of the mean loss by the weights
  // and `intercept_gradient` by the intercept.
  void step(std::size_t c, double eta, const T* gradient, double scale, double intercept_gradient) {
    T* w = problem_.weights.coef.row(c);
    for (std::size_t j = 0; j < problem_.n_features(); ++j) {
      const double g = scale * static_cast<double>(gradient[j]) +
                       problem_.penalty.l2 * static_cast<double>(w[j]);
      double rate = eta;
      if (options_.adaptive_scale)
        rate *= adapt(problem_.weights.squares(c, j), g) / column_scale(j);
      double change = -rate * g;
      if (options_.momentum > 0) change = with_momentum(velocity_(c, j), change);
      w[j] = static_cast<T>(
          soft_threshold(static_cast<double>(w[j]) + change, rate * problem_.penalty.l1));
    }
    if (!options_.fit_intercept) return;
    double rate = eta;
    if (options_.adaptive_scale) {
      rate *= adapt(problem_.weights.intercept_squares[c], intercept_gradient);
    }
    double change = -rate * intercept_gradient;
    if (options_.momentum > 0) change = with_momentum(intercept_velocity_[c], change);
    problem_.weights.intercept[c] += change;
  }

 private:
  // 1 / sqrt(sum of squares) with g^2 added to the sum; AdaGrad (Duchi et al., JMLR 12, 2011).
  template <class S>
  static double adapt(S& squares, double g) {
    const double sum = static_cast<double>(squares) + g * g;
    squares = static_cast<S>(sum);
    return sum > 0 ? 1 / std::sqrt(sum) : 0;
  }
  double column_scale(std::size_t j) const {
    const double scale = static_cast<double>(problem_.weights.squares(problem_.n_outputs(), j));
    return scale > 0 ? scale : 1;
  }
  // v = momentum v + change; the step is v, or with Nesterov momentum v + change.
  template <class S>
  double with_momentum(S& velocity, double change) const {
    const double v = options_.momentum * static_cast<double>(velocity) + change;
    velocity = static_cast<S>(v);
    return options_.nesterov ? options_.momentum * v + change : v;
  }
  static double soft_threshold(double w, double threshold) {
    if (threshold == 0) return w;
    return std::copysign(std::max(0.0, std::abs(w) - threshold), w);
  }

  const SgdProblem<T>& problem_;
  const SgdOptions& options_;
  Matrix<T> velocity_;
  std::vector<double> intercept_velocity_;
};

}  // namespace slimline
