// The linear system of a Newton step (newton.hpp): (I + sum_k h_k (x_k, 1)(x_k, 1)') (dw, db) = g,
// for rows less their centre m, by Cholesky while the matrix is small, else by conjugate gradients
// with a diagonal preconditioner. Neither asks for columns of one size. Without an intercept db is
// tied to m . dw: so that a part which all rows share takes no digits there either.
#pragma once

#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "svm/task.hpp"

namespace slimline {

struct NewtonSystem {
  const AnySamples& X;
  std::span<const std::size_t> rows;  // of X
  std::span<const double> weight;     // h > 0, one a row
  std::span<const double> centre;     // one a column, or empty
  double intercept_ridge;             // added to the intercept's curvature, which may be 0
  bool fit_intercept;
  int n_threads;
};

// Solves one system after another, of the same X. Where most weights stay what they are, as with
// the squared losses, the matrix of the last one is changed by the rows whose weights are not.
class NewtonSolver {
 public:
  explicit NewtonSolver(bool updates) : updates_(updates) {}

  // g: (n_columns + 1) entries, the last one for b; replaced by the solution.
  void solve(const NewtonSystem& system, std::span<double> g);

  // Makes the next matrix anew; false where the last one was, so that this changes nothing.
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
