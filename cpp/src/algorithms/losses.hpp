// The losses of the linear learner: each a small struct that gives value and derivative at a
// prediction p. Classification losses take y in {-1, +1}. To add one, write a struct and list it in
// Losses. Definitions as in scikit-learn's user guide, section 1.5.
#pragma once

#include <algorithm>
#include <cmath>
#include <variant>

namespace slimline {

struct LossPoint {
  double value;
  double slope;  // d value / d p
};

// max(0, 1 - y p)
struct Hinge {
  static constexpr const char* name = "hinge";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double violation = 1 - y * p;
    return violation > 0 ? LossPoint{violation, -y} : LossPoint{0, 0};
  }
};

// max(0, 1 - y p)^2
struct SquaredHinge {
  static constexpr const char* name = "squared_hinge";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double violation = std::max(0.0, 1 - y * p);
    return {violation * violation, -2 * y * violation};
  }
};

// max(0, -y p)
struct Perceptron {
  static constexpr const char* name = "perceptron";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    return y * p <= 0 ? LossPoint{-y * p, -y} : LossPoint{0, 0};
  }
};

// log(1 + exp(-y p))
struct LogLoss {
  static constexpr const char* name = "log_loss";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double margin = y * p;
    const double e = std::exp(-std::abs(margin));
    const double value = std::log1p(e) + std::max(0.0, -margin);
    return {value, -y * (margin >= 0 ? e : 1.0) / (1 + e)};
  }
};

// max(0, 1 - y p)^2 where y p >= -1, else -4 y p
struct ModifiedHuber {
  static constexpr const char* name = "modified_huber";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double margin = y * p;
    if (margin < -1) return {-4 * margin, -4 * y};
    const double violation = std::max(0.0, 1 - margin);
    return {violation * violation, -2 * y * violation};
  }
};

// (p - y)^2 / 2
struct SquaredError {
  static constexpr const char* name = "squared_error";
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double r = p - y;
    return {0.5 * r * r, r};
  }
};

// r^2 / 2 where |r| <= epsilon, else epsilon |r| - epsilon^2 / 2; r = p - y
struct Huber {
  static constexpr const char* name = "huber";
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    if (std::abs(r) <= epsilon) return {0.5 * r * r, r};
    return {epsilon * std::abs(r) - 0.5 * epsilon * epsilon, std::copysign(epsilon, r)};
  }
};

// max(0, |p - y| - epsilon)
struct EpsilonInsensitive {
  static constexpr const char* name = "epsilon_insensitive";
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    const double excess = std::abs(r) - epsilon;
    return excess > 0 ? LossPoint{excess, std::copysign(1.0, r)} : LossPoint{0, 0};
  }
};

// max(0, |p - y| - epsilon)^2
struct SquaredEpsilonInsensitive {
  static constexpr const char* name = "squared_epsilon_insensitive";
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    const double excess = std::max(0.0, std::abs(r) - epsilon);
    return {excess * excess, std::copysign(2 * excess, r)};
  }
};

using Losses = std::variant<Hinge, SquaredHinge, Perceptron, LogLoss, ModifiedHuber, SquaredError,
                            Huber, EpsilonInsensitive, SquaredEpsilonInsensitive>;

}  // namespace slimline
