// Newton's method on standardised rows: the engine that is safe everywhere, for few columns.
//
//   minimise over (w_k, b_k)   P = sum_i c_i loss(y_i, w . z_i + b) + sum_kj l1_j |w_kj|
//                                  + l2_j / 2 w_kj^2
//
// for one output, or for several that share the softmax loss. Losses with kinks are left to
// kinked.hpp. Of smooth ones, the quadratic models contain the l1 norm, and are minimised with it
// (l1_quadratic.hpp; Lee, Sun & Saunders, "Proximal Newton-type Methods", SIAM J. Optim. 24, 2014).
// A line search on the directional derivative limits each step. Every step gives a dual point, the
// gradients of the losses that its model predicts, and with it a lower bound D of P:
//
//   D = -sum_i c_i loss*(a_i) - sum_kj psi_j(sum_i c_i a_ik z_ij),   sum_i c_i a_ik = 0
//
// with psi the conjugate of the penalty. The intercept and columns without an l2 norm impose
// constraints on a, whose violations are charged (dual_charge.hpp). Stops when
// (P - D) <= tol max(P, zero / 100).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "linear/losses.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

struct InteriorTask {
  MatrixView<const double> rows;   // (n, d), every column of mean 0 (with an intercept) and size 1
  std::span<const double> target;  // (n): +-1, a value, or with several outputs a class number
  std::span<const double> cost;    // (n): >= 0
  Losses loss;                     // of one output
  double epsilon = 0;
  std::size_t n_outputs = 1;  // more than one: softmax
  std::vector<double> l1;     // (d): >= 0
  std::vector<double> l2;
  bool fit_intercept = true;
  std::vector<double> intercept;  // (n_outputs): of the zero model
  double zero = 0;                // its objective
};

struct InteriorOptions {
  double tol = 1e-3;
  std::size_t max_steps = 1000;
  int n_threads = 1;
};

struct InteriorSolution {
  Matrix<double> weights;  // (n_outputs, d + 1): w and b
  double primal = 0;
  double dual = 0;
  std::size_t steps = 0;
  bool converged = false;
};

// Called after every step with the best weights so far and their objective; true: stop, by throwing
// Interrupted.
using InteriorWatch = std::function<bool(MatrixView<const double> weights, double objective)>;

InteriorSolution solve_interior(const InteriorTask& task, const InteriorOptions& options,
                                const InteriorWatch& watch);

}  // namespace slimline
