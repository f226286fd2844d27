// Block SMO with maintained w: the engine that works for every shape.
//
// Repeat: all gradients from w (one pass over X); take the worst violators into a block, beside
// half of the last one; solve the block by SMO on its Gram matrix (block.hpp); add its change
// to w. Rows at a bound that no pair would move are left out until the next look at all rows, which
// alone may end the fit. A general SVM solver must compute a kernel row of n entries for each
// variable that it touches; with a linear kernel w gives all n gradients at the price of one such
// row.
#pragma once

#include "svm/task.hpp"

namespace slimline {

// Begins at start.beta. Throws Interrupted when watch says so.
SvmSolution solve_smo(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
