// Sums of many terms in lanes, none of which waits for another: a single sum takes the latency of
// an addition for each term.
#pragma once

#include <cstddef>

namespace slimline {

// term(0) + ... + term(n - 1)
template <class Term>
double lane_sum(std::size_t n, const Term& term) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += term(k + l);
  }
  double sum = 0;
  for (; k < n; ++k) sum += term(k);
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace slimline
