// The least of a quadratic function with an l1 norm, for a matrix small enough to be held:
//
//   minimise over x   1/2 x'H x + q'x + sum_j l1_j |x_j|
//
// by coordinate descent, which with every epoch jumps to the minimum for the signs that it has
// found, or to where the first of them changes: zeros are exact, and close to the end one jump is
// enough (Lee, Battle, Raina & Ng, "Efficient sparse coding algorithms", NIPS 2006).
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// H: symmetric, both triangles, its diagonal > 0; l1: >= 0. Begins at x.
void minimise_l1_quadratic(MatrixView<const double> H, std::span<const double> q,
                           std::span<const double> l1, std::span<double> x);

}  // namespace slimline
