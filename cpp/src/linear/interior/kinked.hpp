// The primal-dual method for losses with kinks: the same problem, bound and stopping rule as
// interior.hpp, whose entry point calls it.
//
// Slack variables turn the losses, and the parts of split weights an l1 norm, into a quadratic
// program. Its optimality conditions are relaxed by a barrier mu and solved by Newton's method;
// predictor and corrector of each iteration share a Hessian (Mehrotra, "On the implementation of a
// primal-dual interior point method", SIAM J. Optim. 2, 1992; Wright, "Primal-Dual Interior-Point
// Methods", 1997). The multipliers are a dual point, whose violations of the constraints shrink
// with every step.
#pragma once

#include "linear/interior/interior.hpp"

namespace slimline {

// For one output and a loss with kinks.
InteriorSolution solve_kinked(const InteriorTask& task, const InteriorOptions& options,
                              const InteriorWatch& watch);

}  // namespace slimline
