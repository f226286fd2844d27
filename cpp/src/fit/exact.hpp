// What schedule "auto" means for a whole fit: an engine that ends with a proof that the objective
// is within tol of the least, P - D <= tol max(P, P0 / 100), P0 that of the zero model.
//
//   smooth losses without an l1 norm   L-BFGS with a good preconditioner where columns are few
//                                      (lbfgs.hpp), else a descent, or SAGA on sparse rows,
//                                      and then truncated Newton's method (newton_cg.hpp)
//   kinks with an l2 norm              the engines of the SVMs (dual_adapter.hpp)
//   few columns with kinks or an l1    Newton's method on a standardised copy (interior.hpp), while
//   norm, or with offsets that would   one Hessian is affordable
//   harm the others
//   many columns with an l1 norm       accelerated proximal gradients (proximal_gradient.hpp)
//
// Where another engine's proof fails, Newton's method on a copy goes on, if it is affordable. Where
// it cannot, as on many columns with kinks and an l1 norm, falling steps do what they can
// (auto_schedule.hpp), and nothing is proven. No output ends above its zero model.
#pragma once

#include "linear/problem.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Explicit instantiations are in files of their own, since each takes long to compile.
template <class T, class Rows>
SgdResult fit_exactly(const Rows& X, const SgdProblem<T>& problem);

}  // namespace slimline
