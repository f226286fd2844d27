// Losses with a second derivative that is useful everywhere, for Newton's method.
//
// Where huber and modified_huber are linear, it is a share of the curvature of the parabola that
// lies above the loss and touches it (Huber, "Robust Statistics", 1981, section 7.8). With the
// whole share every step descends; with none, steps are exact.
#pragma once

#include <cmath>

#include "linear/losses.hpp"

namespace slimline {

inline LossPoint rounded(const Huber& l, double p, double y, double epsilon, double share) {
  LossPoint point = l.at(p, y, epsilon);
  if (point.curvature == 0) point.curvature = share * epsilon / std::abs(p - y);
  return point;
}

inline LossPoint rounded(const ModifiedHuber& l, double p, double y, double epsilon, double share) {
  LossPoint point = l.at(p, y, epsilon);
  if (y * p < -1) point.curvature = share * 4 / (1 - y * p);
  return point;
}

template <class Loss>
LossPoint rounded(const Loss& l, double p, double y, double epsilon, double /*share*/) {
  return l.at(p, y, epsilon);
}

}  // namespace slimline
