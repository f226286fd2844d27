// The best model that reads no column: w = 0 with the best intercept. Its objective P0 is what any
// fit must beat, and with it gaps are relative whatever the units.
#pragma once

#include "svm/task.hpp"

namespace slimline {

// Sets zero_objective and zero_intercept from everything else.
void find_zero_model(SvmTask& task);

// What a gap is relative to: max(primal, P0 / 100). An objective near 0, as of classes that a plane
// separates, need not be known to its digits.
double gap_unit(double primal, double zero_objective);
double gap_unit(const SvmTask& task, double primal);

// (primal - dual) / gap_unit, 0 where that is 0 or rounding makes it negative. Units of targets,
// costs and columns cancel out.
double relative_gap(double primal, double dual, double zero_objective);
double relative_gap(const SvmTask& task, double primal, double dual);

}  // namespace slimline
