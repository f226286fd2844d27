// Means and root mean squares of the columns over a sample of the rows. They are used as units
// only, and need not be exact.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "linear/problem.hpp"

namespace slimline {

struct SampledColumns {
  std::vector<double> mean;    // 0 without an intercept
  std::vector<double> spread;  // mean square about it
  std::vector<double> size;    // root of the mean square; of columns that the sample does not see,
                               // the smallest of the others
};

template <class T, class Rows>
SampledColumns sample_columns(const Rows& X, const SgdProblem<T>& problem) {
  constexpr std::size_t kSample = 4000;
  const std::size_t d = X.cols();
  SampledColumns columns{std::vector<double>(d), std::vector<double>(d), std::vector<double>(d)};
  const std::size_t stride = std::max<std::size_t>(1, problem.n_rows() / kSample);
  double count = 0;
  for (std::size_t k = 0; k < problem.n_rows(); k += stride) {
    ++count;
    X.each(problem.row(k), [&](std::size_t j, T x) {
      columns.mean[j] += static_cast<double>(x);
      columns.spread[j] += static_cast<double>(x) * static_cast<double>(x);
    });
  }
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < d; ++j) {
    const double square = columns.spread[j] / count;
    columns.size[j] = std::sqrt(square);
    if (square > 0) smallest = std::min(smallest, columns.size[j]);
    columns.mean[j] *= problem.options.fit_intercept ? 1 / count : 0;
    columns.spread[j] = std::max(0.0, square - columns.mean[j] * columns.mean[j]);
  }
  for (double& size : columns.size) {
    if (size == 0) size = std::isfinite(smallest) ? smallest : 1;
  }
  return columns;
}

}  // namespace slimline
