// The penalties of the linear learner, as strengths of the two norms: l1 |w|_1 + l2/2 |w|^2. To add
// one, write a struct and list it in Penalties.
#pragma once

#include <variant>

#include "slimline/sgd.hpp"

namespace slimline {

struct PenaltyStrength {
  double l1 = 0;
  double l2 = 0;
  // What a step of size eta multiplies the weights by; a step beyond the minimum of the penalty
  // ends in it.
  double shrink(double eta) const {
    const double factor = 1 - eta * l2;
    return factor > 0 ? factor : 0;
  }
};

struct NoPenalty {
  static constexpr const char* name = "none";
  PenaltyStrength strength(const SgdOptions& /*o*/) const { return {}; }
};

struct L2 {
  static constexpr const char* name = "l2";
  PenaltyStrength strength(const SgdOptions& o) const { return {.l1 = 0, .l2 = o.alpha}; }
};

struct L1 {
  static constexpr const char* name = "l1";
  PenaltyStrength strength(const SgdOptions& o) const { return {.l1 = o.alpha, .l2 = 0}; }
};

struct ElasticNet {
  static constexpr const char* name = "elasticnet";
  PenaltyStrength strength(const SgdOptions& o) const {
    return {.l1 = o.alpha * o.l1_ratio, .l2 = o.alpha * (1 - o.l1_ratio)};
  }
};

using Penalties = std::variant<NoPenalty, L2, L1, ElasticNet>;

}  // namespace slimline
