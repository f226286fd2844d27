// The pieces of the augmented Lagrangian of newton.hpp: each row's term by its derivative
//
//   beta'(s) = clip(soft(beta + h s, h eps), l, u)
//
// with h = sigma c for the linear losses, h = 1 / r and beta = 0 for the squared ones.
#pragma once

#include <algorithm>

namespace slimline {

struct ProxTerm {
  double beta;
  double h;
  double dead;  // h eps
  double lower;
  double upper;
  double spread = 1;  // how far s moves when rows move by 1 on average, >= 1
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

// The mean slope within `window`, times the spread, of s.
inline double mean_slope(const ProxTerm& term, double s, double window) {
  if (window == 0) return prox(term, s).slope;
  window *= term.spread;
  return (prox(term, s + window).beta - prox(term, s - window).beta) / (2 * window);
}

}  // namespace slimline
