// The linear system of a Newton step (newton.hpp): (I + sum_k h_k (x_k, 1)(x_k, 1)') (dw, db) = g,
// by Cholesky while the matrix is small, else by conjugate gradients with a diagonal
// preconditioner.
#pragma once

#include <span>
#include <vector>

#include "algorithms/svm_task.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

struct NewtonSystem {
  const SvmSamples& X;
  std::span<const std::size_t> rows;  // of X
  std::span<const double> weight;     // h > 0, one a row
  bool fit_intercept;
  int n_threads;
};

// Solves one system after another.
class NewtonSolver {
 public:
  // g: (n_columns + 1) entries, the last one for b; replaced by the solution. Without an intercept
  // the last entry is set to 0.
  void solve(const NewtonSystem& system, std::span<double> g);

  // v' M v for the matrix M of the last system; 0 where it was not formed.
  double curvature(std::span<const double> v) const;

 private:
  Matrix<double> factor_;  // Cholesky's
};

}  // namespace slimline
