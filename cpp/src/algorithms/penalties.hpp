// The penalties of the linear learner. To add one, write a struct and list it in Penalties.
#pragma once

#include <variant>

namespace slimline {

struct NoPenalty {
  static constexpr const char* name = "none";
  // What a step of size eta multiplies the weights by.
  double shrink(double /*alpha*/, double /*eta*/) const { return 1; }
  double value(double /*alpha*/, double /*squared_norm*/) const { return 0; }
};

// alpha/2 |w|^2
struct L2 {
  static constexpr const char* name = "l2";
  double shrink(double alpha, double eta) const {
    const double factor = 1 - eta * alpha;
    return factor > 0 ? factor : 0;  // a step beyond the minimum of the penalty ends in it
  }
  double value(double alpha, double squared_norm) const { return 0.5 * alpha * squared_norm; }
};

using Penalties = std::variant<NoPenalty, L2>;

}  // namespace slimline
