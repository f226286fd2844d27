// The units of the targets of a regression, their mean and deviation, and losses in these units.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "linear/losses.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

struct TargetUnits {
  double shift = 0;
  double size = 1;
  double objective = 1;  // a loss of targets of size 1 times this is that of the targets given
};

// Whether multiplying targets, predictions and epsilon by a factor multiplies the loss by that
// factor rather than by its square.
inline bool is_linear(const Losses& loss) {
  return std::holds_alternative<EpsilonInsensitive>(loss);
}

// Whether the loss is one of values, not of classes +-1.
inline bool takes_values(const Losses& loss) {
  return with_loss(loss, [](const auto& l) { return l.regression; });
}

// Mean and deviation of the targets, weighted by cost; 0 and the root of the mean square without an
// intercept. Size 1 where all targets are equal.
inline TargetUnits target_units(const Losses& loss, bool fit_intercept,
                                std::span<const double> cost, std::span<const double> target) {
  TargetUnits units;
  if (!takes_values(loss)) return units;
  double total = 0;
  for (const double c : cost) total += c;
  if (!(total > 0)) return units;
  double mean = 0;
  for (std::size_t k = 0; k < target.size(); ++k) mean += cost[k] / total * (target[k] - target[0]);
  if (fit_intercept) units.shift = target[0] + mean;
  double largest = 0;
  for (const double y : target) largest = std::max(largest, std::abs(y - units.shift));
  double squares = 0;
  for (std::size_t k = 0; k < target.size() && largest > 0; ++k) {
    const double part = (target[k] - units.shift) / largest;
    squares += cost[k] / total * part * part;
  }
  if (squares > 0) units.size = largest * std::sqrt(squares);
  units.objective = is_linear(loss) ? units.size : units.size * units.size;
  return units;
}

}  // namespace slimline
