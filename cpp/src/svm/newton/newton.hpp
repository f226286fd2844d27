// Proximal multipliers with semismooth Newton steps: the engine for many rows and few columns.
//
// With s = z - Xw - b, each outer iteration fixes beta and minimises over (w, b) the augmented
// Lagrangian 1/2 |w|^2 + sum_i M_i(s_i), whose derivative in s_i is
//
//   beta'_i(s_i) = clip(soft(beta_i + sigma_i s_i, sigma_i eps), l_i, u_i)          (linear losses)
//   beta'_i(s_i) = clip(soft(s_i, eps) / r_i, l_i, u_i)          (squared losses: no multipliers)
//
// then sets beta = beta'(s) and raises sigma. M is piecewise quadratic. The matrix of a Newton step
// is I + sum over J of h_i (x_i, 1)(x_i, 1)', with J the rows strictly between their bounds, of
// which there are few near the solution. A line search on the derivative makes the method converge
// globally. At the minimum w = X' beta and sum beta = 0, so that each outer iteration ends with a
// certificate.
//
// Two measures reduce the work. A cold start first solves for one of up to sixteen rows, if these
// are many for their columns. Newton steps use only the rows that may reach a kink of their loss.
//
// Sources: Rockafellar, "Augmented Lagrangians and applications of the proximal point algorithm",
// Math. Oper. Res. 1, 1976; Yan & Li, "An efficient augmented Lagrangian method for support vector
// machine", arXiv 1912.06800.
#pragma once

#include "svm/task.hpp"

namespace slimline {

// max_iter counts Newton steps. Starts from start. Throws Interrupted when watch asks for it.
SvmSolution solve_newton(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                         const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
