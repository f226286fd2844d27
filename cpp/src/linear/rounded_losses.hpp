// Losses with a second derivative that is useful everywhere, for Newton's method.
//
// Kinks are smoothed by a logarithmic barrier of weight mu (Boyd & Vandenberghe, "Convex
// Optimization", 2004, section 11.2): max(0, v) becomes min over t > max(0, v) of
// t - mu log(t) - mu log(t - v). Values remain those of the loss. The derivatives are those of the
// smoothed function, which are feasible dual variables of the loss itself.
//
// Where huber and modified_huber are linear, their second derivative is a share of the curvature of
// the parabola that lies above the loss and touches it (Huber, "Robust Statistics", 1981, section
// 7.8). With the whole share every step descends; with none, steps are exact.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>

#include "linear/losses.hpp"

namespace slimline {

// What is rounded off, and by how much.
struct Rounding {
  double mu;     // of the barrier, in units of the row's cost
  double share;  // of the touching parabola's curvature
};

template <class Loss>
concept Kinked = !Loss::smooth;

struct RoundedKink {
  double slope;
  double curvature;
};

// The derivatives of max(0, v), rounded off.
inline RoundedKink rounded_kink(double v, double mu) {
  const double u = v / (2 * mu);
  const double root = std::sqrt(1 + u * u);
  const double far = root + std::abs(u);
  // 1 / (1 - u + root) and 1 - u / root, without cancellation
  const double slope = u > 0 ? far / (1 + far) : 1 / (1 + far);
  const double bend = u > 0 ? 1 / (root * far) : far / root;
  return {slope, bend * slope * slope / (2 * mu)};
}

// The same from the dual side: `s` in (0, 1) is a slope that need not be that at v, and the barrier
// says where it would be. Linearised there, steps stay good when mu falls (Wright, "Primal-Dual
// Interior-Point Methods", 1997).
inline RoundedKink dual_kink(double v, double s, double mu) {
  const double up = mu / (1 - s);
  const double down = mu / s;
  const double curvature = 1 / (up / (1 - s) + down / s);
  return {s + curvature * (v - (up - down)), curvature};
}

inline LossPoint rounded(const Hinge& l, double p, double y, double epsilon, const Rounding& r) {
  const RoundedKink kink = rounded_kink(1 - y * p, r.mu);
  return {l.at(p, y, epsilon).value, -y * kink.slope, kink.curvature};
}

inline LossPoint rounded(const Perceptron& l, double p, double y, double epsilon,
                         const Rounding& r) {
  const RoundedKink kink = rounded_kink(-y * p, r.mu);
  return {l.at(p, y, epsilon).value, -y * kink.slope, kink.curvature};
}

inline LossPoint rounded(const EpsilonInsensitive& l, double p, double y, double epsilon,
                         const Rounding& r) {
  const RoundedKink above = rounded_kink(p - y - epsilon, r.mu);
  const RoundedKink below = rounded_kink(y - p - epsilon, r.mu);
  return {l.at(p, y, epsilon).value, above.slope - below.slope, above.curvature + below.curvature};
}

inline LossPoint rounded(const Huber& l, double p, double y, double epsilon, const Rounding& r) {
  LossPoint point = l.at(p, y, epsilon);
  if (point.curvature == 0) point.curvature = r.share * epsilon / std::abs(p - y);
  return point;
}

inline LossPoint rounded(const ModifiedHuber& l, double p, double y, double epsilon,
                         const Rounding& r) {
  LossPoint point = l.at(p, y, epsilon);
  if (y * p < -1) point.curvature = r.share * 4 / (1 - y * p);
  return point;
}

template <class Loss>
LossPoint rounded(const Loss& l, double p, double y, double epsilon, const Rounding& /*r*/) {
  return l.at(p, y, epsilon);
}

}  // namespace slimline
