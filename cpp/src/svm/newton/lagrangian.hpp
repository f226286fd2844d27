// The pieces of the augmented Lagrangian of newton.hpp: each row's term by its derivative
//
//   beta'(s) = clip(soft(beta + h s, h eps), l, u)
//
// with h = sigma c for the linear losses, h = 1 / r and beta = 0 for the squared ones. Many rows at
// once: kernels/generic/prox.inl.hpp.
#pragma once

#include <algorithm>

namespace slimline {

struct ProxTerm {
  double beta;
  double h;
  double dead;  // h eps
  double lower;
  double upper;
};

struct ProxValue {
  double beta;
  double slope;  // in s
};

inline ProxValue prox(const ProxTerm& term, double s) {
  const double t = term.beta + term.h * s;
  const double soft = std::max(t - term.dead, 0.0) + std::min(t + term.dead, 0.0);
  const double value = std::min(std::max(soft, term.lower), term.upper);
  const bool inside = soft != 0 && soft > term.lower && soft < term.upper;
  return {value, inside ? term.h : 0};
}

}  // namespace slimline
