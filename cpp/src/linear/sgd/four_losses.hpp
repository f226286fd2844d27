// The losses of four rows at once.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "linear/losses.hpp"
#include "linear/problem.hpp"

namespace slimline {

// The gradient at a score, and the sum of the weighted losses of four of them.
template <class Loss>
class FourLosses {
 public:
  double slope(const Loss& loss, double p, const RowLabel& label, double epsilon) {
    const LossPoint point = loss.at(p, label.target, epsilon);
    sum_ += label.weight * point.value;
    return point.gradient;
  }
  double sum() const { return sum_; }

 private:
  double sum_ = 0;
};

// log(1 + exp(-m)) = log(1 + exp(m)) - m, without branches, with one logarithm for four equal
// weights. Exponents are cut where both ends are flat: the product of four stays finite, and exp
// away from its slow underflow.
template <>
class FourLosses<LogLoss> {
 public:
  double slope(const LogLoss& /*loss*/, double p, const RowLabel& label, double /*epsilon*/) {
    const double margin = std::min(std::max(label.target * p, -kMaxSlope), kLargest);
    const double factor = 1 + std::exp(std::max(margin, kSmallest));
    factors_[size_] = factor;
    weights_[size_] = label.weight;
    sum_ -= label.weight * margin;
    ++size_;
    return -label.target / factor;
  }
  double sum() const {
    const double w = weights_[0];
    if (weights_[1] == w && weights_[2] == w && weights_[3] == w) {
      return sum_ + w * std::log(factors_[0] * factors_[1] * factors_[2] * factors_[3]);
    }
    double sum = sum_;
    for (std::size_t j = 0; j < 4; ++j) sum += weights_[j] * std::log(factors_[j]);
    return sum;
  }

 private:
  static constexpr double kLargest = 170;   // exp(4 * 170) < the largest double
  static constexpr double kSmallest = -40;  // 1 + exp(-40) = 1

  std::array<double, 4> factors_;
  std::array<double, 4> weights_;
  std::size_t size_ = 0;
  double sum_ = 0;
};

}  // namespace slimline
