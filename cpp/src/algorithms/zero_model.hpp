// The model of zero weights with the intercept that suits it best: what no fit may be worse than,
// and what tolerances are relative to where the least objective is near nothing.
#pragma once

#include <span>

#include "algorithms/losses.hpp"

namespace slimline {

struct ZeroModel {
  double intercept = 0;
  double objective = 0;  // sum of cost times loss
};

// target, cost: one for each row, cost >= 0. Without fit_intercept the intercept is 0.
ZeroModel zero_model(const Losses& loss, double epsilon, std::span<const double> target,
                     std::span<const double> cost, bool fit_intercept);

// The same for softmax over intercept.size() classes, targets being their numbers; returns the
// objective. A class without cost gets a probability of nearly nothing.
double softmax_zero_model(std::span<const double> target, std::span<const double> cost,
                          bool fit_intercept, std::span<double> intercept);

}  // namespace slimline
