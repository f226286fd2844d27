// Solves a symmetric positive definite system by its Cholesky factor, with one step of iterative
// refinement (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, chapter 12).
#pragma once

#include <span>

#include "slimline/matrix.hpp"

namespace slimline {

// A system that is solved for several right-hand sides; A must outlive it.
class RefinedSystem {
 public:
  // The factor is that of A with its diagonal times 1 + ridge.
  RefinedSystem(MatrixView<const double> A, double ridge);
  // x = A^-1 x
  void solve(std::span<double> x) const;

 private:
  MatrixView<const double> A_;
  Matrix<double> factor_;
};

// The same for a single x.
void solve_refined(MatrixView<const double> A, double ridge, std::span<double> x);

}  // namespace slimline
