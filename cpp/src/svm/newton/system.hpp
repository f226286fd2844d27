// The linear system of a Newton step (newton.hpp): (I + sum_k h_k (x_k, 1)(x_k, 1)') (dw, db) = g,
// for rows less their centre m. It is solved by Cholesky's factorisation while the matrix is small,
// else by conjugate gradients with a diagonal preconditioner. Neither depends on the scale of the
// columns. Without an intercept db equals m . dw, so that a component that all rows share costs no
// precision in this case either.
#pragma once

#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "svm/task.hpp"

namespace slimline {

struct NewtonSystem {
  const AnySamples& X;
  std::span<const std::size_t> rows;  // of X
  std::span<const double> weight;     // h > 0, one per row
  std::span<const double> centre;     // one per column, or empty
  double intercept_ridge;             // added to the intercept's curvature, which may be 0
  bool fit_intercept;
  int n_threads;
};

// Solves a sequence of systems of the same X. Where most weights do not change, as with the squared
// losses, the matrix of the last system is updated by the rows whose weights do.
class NewtonSolver {
 public:
  explicit NewtonSolver(bool updates) : updates_(updates) {}

  // g: (n_columns + 1) entries, the last one for b; replaced by the solution.
  void solve(const NewtonSystem& system, std::span<double> g);

  // Forces the next matrix to be computed anew. Returns false if the last one was, so that this
  // changes nothing.
  bool forget();

  // v' M v for the matrix M of the last system; 0 where it was not formed.
  double curvature(std::span<const double> v) const;

 private:
  void sum_anew(const NewtonSystem& system);
  void update_sum(const NewtonSystem& system);

  bool updates_;
  bool updated_ = false;        // sum_ by its changes, whose rounding stays in it
  std::vector<double> weight_;  // of each row of X in sum_; empty: nothing is
  Matrix<double> sum_;
  Matrix<double> factor_;  // Cholesky's
};

}  // namespace slimline
