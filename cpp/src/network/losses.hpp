// Losses of an output row of a network: the value, and the gradient in every output. The
// multinomial loss couples all outputs of the row; the losses of single outputs are those of the
// linear learner. To add a loss of the first kind, write a struct and list it in NetworkLosses.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "core/registry.hpp"
#include "linear/losses.hpp"

namespace slimline {

// -sum_j y_j log softmax(z)_j for probabilities y.
struct Multinomial {
  static constexpr const char* name = "multinomial";
  double row(const float* z, const float* y, std::size_t n, double /*epsilon*/,
             float* slope) const {
    const float largest = *std::max_element(z, z + n);
    double total = 0;
    for (std::size_t j = 0; j < n; ++j) {
      slope[j] = std::exp(z[j] - largest);
      total += static_cast<double>(slope[j]);
    }
    const double log_total = std::log(total);
    double value = 0;
    double mass = 0;
    for (std::size_t j = 0; j < n; ++j) {
      value += static_cast<double>(y[j]) * (log_total - static_cast<double>(z[j] - largest));
      mass += static_cast<double>(y[j]);
    }
    const auto scale = static_cast<float>(mass / total);
    for (std::size_t j = 0; j < n; ++j) slope[j] = slope[j] * scale - y[j];
    return value;
  }
};

// sum_j loss(z_j, y_j)
template <class Loss>
struct EachOutput {
  static constexpr const char* name = Loss::name;
  double row(const float* z, const float* y, std::size_t n, double epsilon, float* slope) const {
    double value = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const auto point = Loss{}.at(static_cast<double>(z[j]), static_cast<double>(y[j]), epsilon);
      value += point.value;
      slope[j] = static_cast<float>(point.gradient);
    }
    return value;
  }
};

// Half the deviance of counts y >= 0 from their means exp(z), summed over the outputs.
struct Poisson {
  static constexpr const char* name = "poisson";
  double row(const float* z, const float* y, std::size_t n, double /*epsilon*/,
             float* slope) const {
    double value = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const auto count = static_cast<double>(y[j]);
      const double mean = std::exp(static_cast<double>(z[j]));
      const double saturated = count > 0 ? count * std::log(count) - count : 0;
      value += mean - count * static_cast<double>(z[j]) + saturated;
      slope[j] = static_cast<float>(mean - count);
    }
    return value;
  }
};

using NetworkLosses = std::variant<Multinomial, Poisson, EachOutput<LogLoss>,
                                   EachOutput<SquaredError>, EachOutput<Huber>, EachOutput<Hinge>,
                                   EachOutput<SquaredHinge>, EachOutput<ModifiedHuber>>;

}  // namespace slimline
