// The best model that reads no column: w = 0 with the best intercept. Its objective P0 is what any
// fit must beat, and with it gaps are relative whatever the units.
#pragma once

#include "algorithms/svm_task.hpp"

namespace slimline {

// Sets zero_objective and zero_intercept from everything else.
void find_zero_model(SvmTask& task);

// What a gap of a task is relative to: max(primal, P0 / 100). An objective near 0, as of classes
// that a plane separates, need not be known to its digits.
double gap_unit(const SvmTask& task, double primal);

// (primal - dual) / gap_unit, 0 where that is 0. Units of targets, costs and columns cancel out.
double relative_gap(const SvmTask& task, double primal, double dual);

}  // namespace slimline
