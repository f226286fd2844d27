// A copy of the rows in double in which every column has mean 0 and deviation 1, for an engine that
// must not depend on offsets and scales of the columns. With an intercept, centring does not change
// the problem; the penalties of a weight are multiplied by powers of the scale of its column.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/samples.hpp"

namespace slimline {

struct Standardised {
  Matrix<double> rows;  // (rows - centre) / scale
  std::vector<double> centre;
  std::vector<double> scale;  // 1 where all values are equal
};

// weight: > 0, one for each of `rows`, the rows of X to copy. Without `centred` the centre is 0 and
// the scale the root of the mean square.
Standardised standardise(const AnySamples& X, std::span<const std::size_t> rows,
                         std::span<const double> weight, bool centred);

}  // namespace slimline
