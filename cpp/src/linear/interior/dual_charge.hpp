// Lower bounds from dual points whose constraints hold but for rounding.
#pragma once

#include <span>

#include "linear/interior/interior.hpp"

namespace slimline {

// The conjugate of the penalty at sums = factor * sum_i c_i a_i (z_i, 1), for every output. Where
// an intercept or a weight without an l2 norm makes that a constraint, a violation is charged at a
// large multiple of the largest weight found: the bound holds for all models of weights up to that.
double penalty_conjugate(const InteriorTask& task, double factor, MatrixView<const double> sums,
                         MatrixView<const double> found);

// The factor in (0, 1] by which gradients satisfy the constraints of columns with an l1 norm.
double feasible_factor(const InteriorTask& task, MatrixView<const double> sums);

}  // namespace slimline
