// Symmetric positive definite systems, small enough to be factorised.
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// A = L L' in place, the lower triangle; a pivot lost to rounding becomes the diagonal it came
// from, which damps that direction.
void factorise(MatrixView<double> A);

// x = (L L')^-1 x
void substitute(MatrixView<const double> L, std::span<double> x);

}  // namespace slimline
