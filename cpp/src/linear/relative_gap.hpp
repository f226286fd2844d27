// Gaps that do not depend on units. They are relative to the objective, or, where that is nearly 0,
// to P0, the objective of zero weights with the best intercept. The units of targets, costs and
// columns cancel.
#pragma once

#include <algorithm>

namespace slimline {

inline constexpr double kZeroShare = 0.01;  // of P0

// What a gap is relative to: max(primal, P0 / 100). An objective near 0, as of classes that a plane
// separates, need not be known to its digits.
inline double gap_unit(double primal, double zero_objective) {
  return std::max(primal, kZeroShare * zero_objective);
}

// (primal - dual) / gap_unit, 0 where that is 0 or rounding makes it negative.
inline double relative_gap(double primal, double dual, double zero_objective) {
  const double unit = gap_unit(primal, zero_objective);
  const double gap = primal - dual;
  return unit == 0 || gap < 0 ? 0 : gap / unit;  // NaN stays, which proves nothing
}

}  // namespace slimline
