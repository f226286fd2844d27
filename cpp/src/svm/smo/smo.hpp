// Block SMO with maintained w: the engine that works for every shape.
//
// Repeat: compute all gradients from w (one pass over X); take the worst violators into a block,
// together with half of the last block; solve the block by SMO on its Gram matrix (block.hpp); add
// its change to w. Rows at a bound that no pair would move are skipped (shrinking) until the next
// full pass. Only a full pass may end the fit.
//
// A general SVM solver must compute a kernel row of n entries for each variable that it changes.
// With a linear kernel, w gives all n gradients at the cost of one such row.
#pragma once

#include "svm/task.hpp"

namespace slimline {

// Begins at start.beta. Throws Interrupted when watch says so.
SvmSolution solve_smo(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
                      const SvmStart& start, const SvmWatch& watch);

}  // namespace slimline
