// The minimum of a quadratic function with an l1 norm, for a matrix small enough to be stored:
//
//   minimise over x   1/2 x'H x + q'x + sum_j l1_j |x_j|
//
// by coordinate descent. After every epoch it moves towards the minimum for the present signs, as
// far as the first change of a sign. Zeros are exact, and near the solution one such move is enough
// (Lee, Battle, Raina & Ng, "Efficient sparse coding algorithms", NIPS 2006).
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// H: symmetric, both triangles, its diagonal > 0; l1: >= 0. Begins at x.
void minimise_l1_quadratic(MatrixView<const double> H, std::span<const double> q,
                           std::span<const double> l1, std::span<double> x);

}  // namespace slimline
