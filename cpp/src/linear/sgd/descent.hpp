// Epochs of updates, one per row or one per batch: for all schedules other than "auto", and for
// "auto" where no exact engine is suitable.
#pragma once

#include "linear/problem.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Explicit instantiations are in files of their own, since each takes long to compile.
template <class T, class Rows>
SgdResult descend(const Rows& X, const SgdProblem<T>& problem);

}  // namespace slimline
