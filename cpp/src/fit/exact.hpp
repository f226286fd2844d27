// What schedule "auto" means for a whole fit: an engine that ends with a proof that the objective
// is within tol of the least, P - D <= tol max(P, P0 / 100), P0 that of the zero model.
// The engine is chosen by the table in choose.cpp.
//
// Where another engine has proven nothing, Newton's method on a standardised copy of the rows
// continues, if the copy is affordable. Where it is not, as on many columns with kinks and an l1
// norm, the result is that of gradient descent with decaying steps (auto_schedule.hpp), and its gap
// is not bounded. No output ends above its zero model.
#pragma once

#include "linear/problem.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Explicit instantiations are in files of their own, since each takes long to compile.
template <class T, class Rows>
SgdResult fit_exactly(const Rows& X, const SgdProblem<T>& problem);

}  // namespace slimline
