// Epochs of updates, one a row or one a batch: what every schedule but "auto" means, and "auto"
// where no exact engine can.
#pragma once

#include "linear/problem.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// Explicit instantiations are in files of their own, since each takes long to compile.
template <class T, class Rows>
SgdResult descend(const Rows& X, const SgdProblem<T>& problem);

}  // namespace slimline
