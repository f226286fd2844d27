// Sums of many terms in independent lanes. A single sum would take the latency of an addition per
// term.
#pragma once

#include <cstddef>

namespace slimline {

// term(0) + ... + term(n - 1)
template <class Term>
double lane_sum(std::size_t n, const Term& term) {
  constexpr std::size_t kSums = 8;
  double lanes[kSums] = {};
  std::size_t k = 0;
  for (; k + kSums <= n; k += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) lanes[l] += term(k + l);
  }
  double sum = 0;
  for (; k < n; ++k) sum += term(k);
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace slimline
