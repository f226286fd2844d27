// Learning-rate schedules: the step size eta as a function of progress. To add one, write a struct
// and list it in Schedules. rule(options) is that function: what depends on the options alone is
// computed once for many updates.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <variant>

#include "slimline/sgd.hpp"

namespace slimline {

// The decay of a schedule that ends at zero: its begin and its end, in epochs, and the step size at
// its begin, as a share of the initial one.
struct Horizon {
  double begin = std::numeric_limits<double>::infinity();
  double end = std::numeric_limits<double>::infinity();
  double share = 1;
};

struct Progress {
  double updates;  // made so far
  double epochs;   // done so far, with the fraction within the epoch
  Horizon horizon;
  // From its share at the beginning of the horizon in a straight line to 0 at its end.
  double remaining() const {
    if (epochs <= horizon.begin) return horizon.share;
    return horizon.share * std::max(0.0, (horizon.end - epochs) / (horizon.end - horizon.begin));
  }
};

// eta0
struct Constant {
  static constexpr const char* name = "constant";
  auto rule(const SgdOptions& o) const {
    return [eta0 = o.eta0](const Progress& /*p*/) { return eta0; };
  }
};

// t^-p; the common exponents without std::pow
inline double inverse_power(double t, double p) {
  if (p == 0.5) return 1 / std::sqrt(t);
  if (p == 0.25) return 1 / std::sqrt(std::sqrt(t));
  return std::pow(t, -p);
}

// eta0 / t^power_t, t = 1 at the first update
struct InvScaling {
  static constexpr const char* name = "invscaling";
  auto rule(const SgdOptions& o) const {
    return [eta0 = o.eta0, power = o.power_t](const Progress& p) {
      return eta0 * inverse_power(p.updates + 1, power);
    };
  }
};

// 1 / (alpha (t0 + t)), t = updates made: Bottou's rule as scikit-learn has it. The first step is
// the typical weight 1/sqrt(sqrt(alpha)).
struct Optimal {
  static constexpr const char* name = "optimal";
  auto rule(const SgdOptions& o) const {
    const double typical = std::sqrt(1 / std::sqrt(o.alpha));
    return [alpha = o.alpha, t0 = 1 / (typical * o.alpha)](const Progress& p) {
      return 1 / (alpha * (t0 + p.updates));
    };
  }
};

// eta0, divided by 5 whenever n_iter_no_change epochs have not improved the objective; ends below
// 1e-6. The division is the stopping rule's.
struct Adaptive : Constant {
  static constexpr const char* name = "adaptive";
};

// Passive-aggressive steps: PA-I is min(eta0, loss/|x|^2), PA-II loss/(|x|^2 + 1/(2 eta0))
// (Crammer et al., JMLR 7, 2006). The step itself is passive_aggressive_step's.
struct PassiveAggressive1 : Constant {
  static constexpr const char* name = "pa1";
};
struct PassiveAggressive2 : Constant {
  static constexpr const char* name = "pa2";
};

// eta0 (1 + decay t)^(-power_t), t = updates made
struct Power {
  static constexpr const char* name = "power";
  auto rule(const SgdOptions& o) const {
    return [eta0 = o.eta0, decay = o.decay, power = o.power_t](const Progress& p) {
      return eta0 * inverse_power(1 + decay * p.updates, power);
    };
  }
};

// eta0 (1 - e/max_iter), e = epochs done
struct Linear {
  static constexpr const char* name = "linear";
  auto rule(const SgdOptions& o) const {
    return [eta0 = o.eta0](const Progress& p) { return eta0 * p.remaining(); };
  }
};

// eta0 (1 + cos(pi e/max_iter))/2, e = epochs done
struct Cosine {
  static constexpr const char* name = "cosine";
  auto rule(const SgdOptions& o) const {
    return [eta0 = o.eta0](const Progress& p) {
      return eta0 * (1 - std::cos(std::numbers::pi * p.remaining())) / 2;
    };
  }
};

// eta0 from the data, constant and then in straight lines to zero: see auto_schedule.hpp
struct Auto : Linear {
  static constexpr const char* name = "auto";
};

using Schedules = std::variant<Constant, InvScaling, Optimal, Adaptive, PassiveAggressive1,
                               PassiveAggressive2, Power, Linear, Cosine, Auto>;

}  // namespace slimline
