// Solves a symmetric positive definite system by its Cholesky factor, with one step of iterative
// refinement (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, chapter 12).
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// x = A^-1 x, the factor that of A with its diagonal times 1 + ridge.
void solve_refined(MatrixView<const double> A, double ridge, std::span<double> x);

}  // namespace slimline
