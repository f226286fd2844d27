// The losses of the linear learner. Each is a small struct that gives value, gradient and curvature
// at a prediction p, and states what is known of it:
//
//   link                    from scores of classes to predictions; "margin": no probabilities
//   regression              targets are values; losses of classes take y in {-1, +1}
//   smooth                  the gradient is continuous; the curvature may then still jump
//   bounded                 the gradient is at most 1
//   max_curvature           bounds the curvature; of losses with kinks, what sets their step size
//   conjugate(a)            the largest a p - loss(p) over p, for gradients a that the loss can
//   have nearest_gradient(a)     the nearest of those
//
// To add one, write a struct and list it in Losses; Python learns of it by loss_traits().
// Definitions as in scikit-learn's user guide, section 1.5.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>
#include <variant>

namespace slimline {

struct LossPoint {
  double value;
  double gradient;   // d value / d p
  double curvature;  // d gradient / d p, from either side where it jumps
};

// The same bound for softmax over any number of classes (Boehning, "Multinomial logistic regression
// algorithm", Annals of the Institute of Statistical Mathematics 44, 1992).
inline constexpr double kSoftmaxCurvature = 0.5;

// What most losses of classes, and of values, have in common.
struct ClassLoss {
  static constexpr const char* link = "margin";
  static constexpr bool regression = false;
};
struct ValueLoss {
  static constexpr const char* link = "margin";
  static constexpr bool regression = true;
};

// q log q
inline double negative_entropy(double q) { return q > 0 ? q * std::log(q) : 0; }

// max(0, 1 - y p)
struct Hinge : ClassLoss {
  static constexpr const char* name = "hinge";
  static constexpr bool smooth = false;
  static constexpr bool bounded = true;
  static constexpr double max_curvature = 1;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double violation = 1 - y * p;
    const double wrong = violation > 0 ? 1 : 0;  // a factor costs less than a mispredicted branch
    return {std::max(0.0, violation), -y * wrong, 0};
  }
  double nearest_gradient(double a, double y, double /*epsilon*/) const {
    return -y * std::clamp(-y * a, 0.0, 1.0);
  }
  double conjugate(double a, double y, double /*epsilon*/) const { return y * a; }
};

// max(0, 1 - y p)^2
struct SquaredHinge : ClassLoss {
  static constexpr const char* name = "squared_hinge";
  static constexpr bool smooth = true;
  static constexpr bool bounded = false;
  static constexpr double max_curvature = 2;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double violation = std::max(0.0, 1 - y * p);
    return {violation * violation, -2 * y * violation, violation > 0 ? 2.0 : 0.0};
  }
  double nearest_gradient(double a, double y, double /*epsilon*/) const {
    return -y * std::max(-y * a, 0.0);
  }
  double conjugate(double a, double y, double /*epsilon*/) const { return a * a / 4 + y * a; }
};

// max(0, -y p)
struct Perceptron : ClassLoss {
  static constexpr const char* name = "perceptron";
  static constexpr bool smooth = false;
  static constexpr bool bounded = true;
  static constexpr double max_curvature = 1;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    return y * p <= 0 ? LossPoint{-y * p, -y, 0} : LossPoint{0, 0, 0};
  }
  double nearest_gradient(double a, double y, double /*epsilon*/) const {
    return -y * std::clamp(-y * a, 0.0, 1.0);
  }
  double conjugate(double /*a*/, double /*y*/, double /*epsilon*/) const { return 0; }
};

// log(1 + exp(-y p))
struct LogLoss : ClassLoss {
  static constexpr const char* name = "log_loss";
  static constexpr const char* link = "logistic";
  static constexpr bool smooth = true;
  static constexpr bool bounded = true;
  static constexpr double max_curvature = 0.25;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double margin = y * p;
    const double e = std::exp(-std::abs(margin));
    const double value = std::log(1 + e) + std::max(0.0, -margin);
    const double wrong = (margin >= 0 ? e : 1.0) / (1 + e);  // the probability of -y
    return {value, -y * wrong, wrong * (1 - wrong)};
  }
  double nearest_gradient(double a, double y, double /*epsilon*/) const {
    return -y * std::clamp(-y * a, 0.0, 1.0);
  }
  double conjugate(double a, double y, double /*epsilon*/) const {
    return negative_entropy(-y * a) + negative_entropy(1 + y * a);
  }
};

// max(0, 1 - y p)^2 where y p >= -1, else -4 y p
struct ModifiedHuber : ClassLoss {
  static constexpr const char* name = "modified_huber";
  static constexpr const char* link = "modified_huber";
  static constexpr bool smooth = true;
  static constexpr bool bounded = false;
  static constexpr double max_curvature = 2;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double margin = y * p;
    if (margin < -1) return {-4 * margin, -4 * y, 0};
    const double violation = std::max(0.0, 1 - margin);
    return {violation * violation, -2 * y * violation, violation > 0 ? 2.0 : 0.0};
  }
  double nearest_gradient(double a, double y, double /*epsilon*/) const {
    return -y * std::clamp(-y * a, 0.0, 4.0);
  }
  double conjugate(double a, double y, double /*epsilon*/) const { return a * a / 4 + y * a; }
};

// (p - y)^2 / 2
struct SquaredError : ValueLoss {
  static constexpr const char* name = "squared_error";
  static constexpr bool smooth = true;
  static constexpr bool bounded = false;
  static constexpr double max_curvature = 1;
  LossPoint at(double p, double y, double /*epsilon*/) const {
    const double r = p - y;
    return {0.5 * r * r, r, 1};
  }
  double nearest_gradient(double a, double /*y*/, double /*epsilon*/) const { return a; }
  double conjugate(double a, double y, double /*epsilon*/) const { return a * a / 2 + a * y; }
};

// r^2 / 2 where |r| <= epsilon, else epsilon |r| - epsilon^2 / 2; r = p - y
struct Huber : ValueLoss {
  static constexpr const char* name = "huber";
  static constexpr bool smooth = true;
  static constexpr bool bounded = false;
  static constexpr double max_curvature = 1;
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    if (std::abs(r) <= epsilon) return {0.5 * r * r, r, 1};
    return {epsilon * std::abs(r) - 0.5 * epsilon * epsilon, std::copysign(epsilon, r), 0};
  }
  double nearest_gradient(double a, double /*y*/, double epsilon) const {
    return std::clamp(a, -epsilon, epsilon);
  }
  double conjugate(double a, double y, double /*epsilon*/) const { return a * a / 2 + a * y; }
};

// max(0, |p - y| - epsilon)
struct EpsilonInsensitive : ValueLoss {
  static constexpr const char* name = "epsilon_insensitive";
  static constexpr bool smooth = false;
  static constexpr bool bounded = true;
  static constexpr double max_curvature = 1;
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    const double excess = std::abs(r) - epsilon;
    return excess > 0 ? LossPoint{excess, std::copysign(1.0, r), 0} : LossPoint{0, 0, 0};
  }
  double nearest_gradient(double a, double /*y*/, double /*epsilon*/) const {
    return std::clamp(a, -1.0, 1.0);
  }
  double conjugate(double a, double y, double epsilon) const {
    return a * y + epsilon * std::abs(a);
  }
};

// max(0, |p - y| - epsilon)^2
struct SquaredEpsilonInsensitive : ValueLoss {
  static constexpr const char* name = "squared_epsilon_insensitive";
  static constexpr bool smooth = true;
  static constexpr bool bounded = false;
  static constexpr double max_curvature = 2;
  LossPoint at(double p, double y, double epsilon) const {
    const double r = p - y;
    const double excess = std::max(0.0, std::abs(r) - epsilon);
    return {excess * excess, std::copysign(2 * excess, r), excess > 0 ? 2.0 : 0.0};
  }
  double nearest_gradient(double a, double /*y*/, double /*epsilon*/) const { return a; }
  double conjugate(double a, double y, double epsilon) const {
    return a * a / 4 + a * y + epsilon * std::abs(a);
  }
};

using Losses = std::variant<Hinge, SquaredHinge, Perceptron, LogLoss, ModifiedHuber, SquaredError,
                            Huber, EpsilonInsensitive, SquaredEpsilonInsensitive>;

// Losses with a kink that the engines of the linear SVM solve.
template <class Loss>
concept SvmKink = std::same_as<Loss, Hinge> || std::same_as<Loss, EpsilonInsensitive>;

// What std::visit(f, losses) gives, as a chain of comparisons that the compiler sees through.
template <class F>
inline auto with_loss(const Losses& losses, F&& f) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    decltype(f(std::get<0>(losses))) result{};
    (void)((losses.index() == I ? (result = f(*std::get_if<I>(&losses)), true) : false) || ...);
    return result;
  }(std::make_index_sequence<std::variant_size_v<Losses>>{});
}

inline bool is_svm_kink(const Losses& losses) {
  return with_loss(losses, []<class Loss>(const Loss&) { return SvmKink<Loss>; });
}

}  // namespace slimline
