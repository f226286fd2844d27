// The zero model: w = 0 with the best intercept. No fit may end above its objective P0, which also
// makes relative gaps independent of units.
#pragma once

#include "linear/relative_gap.hpp"
#include "svm/task.hpp"

namespace slimline {

// Sets zero_objective and zero_intercept from everything else.
void find_zero_model(SvmTask& task);

// The functions of linear/relative_gap.hpp with the task's P0.
inline double gap_unit(const SvmTask& task, double primal) {
  return gap_unit(primal, task.zero_objective);
}

inline double relative_gap(const SvmTask& task, double primal, double dual) {
  return relative_gap(primal, dual, task.zero_objective);
}

}  // namespace slimline
