// Learning-rate schedules: the step size eta as a function of progress. To add one, write a struct
// and list it in Schedules.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <variant>

#include "slimline/sgd.hpp"

namespace slimline {

struct Progress {
  std::uint64_t updates;  // made so far
  double epochs;          // done so far, with the fraction within the epoch
};

// eta0
struct Constant {
  static constexpr const char* name = "constant";
  double eta(const SgdOptions& o, Progress /*p*/) const { return o.eta0; }
};

// eta0 / t^power_t, t = 1 at the first update
struct InvScaling {
  static constexpr const char* name = "invscaling";
  double eta(const SgdOptions& o, Progress p) const {
    return o.eta0 / std::pow(static_cast<double>(p.updates + 1), o.power_t);
  }
};

// 1 / (alpha (t0 + t)), t = updates made: Bottou's rule as scikit-learn has it. The first step is
// the typical weight 1/sqrt(sqrt(alpha)).
struct Optimal {
  static constexpr const char* name = "optimal";
  double eta(const SgdOptions& o, Progress p) const {
    const double typical = std::sqrt(1 / std::sqrt(o.alpha));
    const double t0 = 1 / (typical * o.alpha);
    return 1 / (o.alpha * (t0 + static_cast<double>(p.updates)));
  }
};

// eta0 (1 + decay t)^(-power_t), t = updates made
struct Power {
  static constexpr const char* name = "power";
  double eta(const SgdOptions& o, Progress p) const {
    return o.eta0 * std::pow(1 + o.decay * static_cast<double>(p.updates), -o.power_t);
  }
};

// eta0 (1 - e/max_iter), e = epochs done
struct Linear {
  static constexpr const char* name = "linear";
  double eta(const SgdOptions& o, Progress p) const {
    return o.eta0 * std::max(0.0, 1 - p.epochs / static_cast<double>(o.max_iter));
  }
};

using Schedules = std::variant<Constant, InvScaling, Optimal, Power, Linear>;

}  // namespace slimline
