// The zero model: zero weights with the best intercept. No fit may end above its objective. Where
// the minimum is close to 0, tolerances are relative to its objective.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "linear/losses.hpp"
#include "slimline/sgd.hpp"

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

// That of an output of sgd.hpp, and the size of what it predicts.
struct ZeroOutput {
  double intercept = 0;
  double objective = 0;  // with "multinomial" an equal share of that of all
  double unit = 1;       // the deviation of a regression's targets
};

std::vector<ZeroOutput> zero_outputs(const Losses& loss, bool multinomial,
                                     const SgdTargets& targets, const SgdOptions& options);

}  // namespace slimline
