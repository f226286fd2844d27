// The place of a number in a known distribution, as scikit-learn's QuantileTransformer has it.
#pragma once

#include <span>

namespace slimline::table {

// Ascending values and their places in [0, 1], as many.
struct Distribution {
  std::span<const double> values;
  std::span<const double> places;
  bool normal;  // the result is the normal quantile of the place, else the place
};

// NaN of NaN.
double quantile_of(double x, const Distribution& distribution);

}  // namespace slimline::table
