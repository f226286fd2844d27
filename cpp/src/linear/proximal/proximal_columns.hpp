// The columns as proximal_gradient.hpp uses them. With an intercept, subtracting a constant from a
// column does not change the problem. Centred columns have no common part and are closer to
// orthogonal, so that step sizes from their mean squares are suitable. The means are those of a
// sample; they need not be exact.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "linear/lbfgs/column_moments.hpp"
#include "linear/problem.hpp"
#include "linear/sampled_columns.hpp"

namespace slimline {

struct ProximalColumns {
  std::vector<double> centre;     // 0 without an intercept
  std::vector<double> curvature;  // bounds of the loss' second derivatives, and of the intercept's
  std::vector<double> size;       // root of the mean square about the centre
  std::vector<double> rounding;   // of a product with the column, in type T
  std::vector<char> constant;     // these have no part in a problem with an intercept

  template <class T, class Rows>
  static ProximalColumns of(const Rows& X, const SgdProblem<T>& problem) {
    // Of the mean square: what is less is rounding.
    constexpr double kLeast = sizeof(T) == 4 ? 1e-10 : 1e-13;
    const ColumnMoments moments = column_moments(X, problem);
    SampledColumns sample = sample_columns(X, problem);
    const double n = static_cast<double>(problem.n_rows());
    ProximalColumns columns;
    for (std::size_t j = 0; j < problem.n_features(); ++j) {
      const double square = moments.sums[j] > 0 ? moments.sums[j] / n : 1;
      const double seen = sample.size[j] * sample.size[j];
      const double part = sample.mean[j] == 0 ? 1 : std::max(kLeast, sample.spread[j] / seen);
      columns.size.push_back(std::sqrt(part * square));
      columns.curvature.push_back(problem.max_curvature() * part * square);
      columns.rounding.push_back(std::numeric_limits<T>::epsilon() / 2 * std::sqrt(square));
    }
    columns.curvature.push_back(problem.max_curvature() / n * std::max(moments.weight, 1e-300));
    columns.constant = constant_columns(X, problem);
    columns.centre = std::move(sample.mean);
    return columns;
  }

  // A bound of the rounding errors of mean (gradient x'w); slope: root mean square of gradients.
  double error(double slope, std::span<const double> w) const {
    double sum = 0;
    for (std::size_t j = 0; j < rounding.size(); ++j) sum += rounding[j] * std::abs(w[j]);
    return slope *
           (sum + std::numeric_limits<double>::epsilon() / 2 * std::abs(w[rounding.size()]));
  }

  // The intercept of the columns as they are for that of centred ones.
  double intercept(std::span<const double> w) const {
    double b = w[centre.size()];
    for (std::size_t j = 0; j < centre.size(); ++j) b -= centre[j] * w[j];
    return b;
  }

  // The gradient by weights of columns becomes that of centred ones.
  void centre_gradient(std::span<double> gradient) const {
    for (std::size_t j = 0; j < centre.size(); ++j) {
      gradient[j] = constant[j] != 0 ? 0 : gradient[j] - centre[j] * gradient[centre.size()];
    }
  }

 private:
  template <class T, class Rows>
  static std::vector<char> constant_columns(const Rows& X, const SgdProblem<T>& problem) {
    std::vector<char> same(problem.n_features(), problem.options.fit_intercept ? 1 : 0);
    if (!problem.options.fit_intercept) return same;
    std::vector<T> first(same.size());
    std::vector<std::size_t> rows(same.size());  // that have the first row's value
    X.each(problem.row(0), [&](std::size_t j, T x) { first[j] = x; });
    for (std::size_t k = 0; k < problem.n_rows(); ++k) {
      X.each(problem.row(k), [&](std::size_t j, T x) { rows[j] += x == first[j] ? 1 : 0; });
    }
    for (std::size_t j = 0; j < same.size(); ++j) {
      same[j] = first[j] != 0 && rows[j] == problem.n_rows() ? 1 : 0;
    }
    return same;
  }
};

}  // namespace slimline
