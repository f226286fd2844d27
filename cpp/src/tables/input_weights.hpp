// The weights of a first layer by feature, what stands in front of it multiplied in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/table_stack.hpp"

namespace slimline {

class InputWeights {
 public:
  // Throws std::invalid_argument where the parts of the layer do not fit together.
  InputWeights(const FirstLayer& first, std::size_t n_features)
      : first_(first), input_(n_features) {
    const std::size_t n_in = first.weight.cols();
    require(first.bias.size() == first.weight.rows(),
            "bias must have one entry for each row of weight");
    require(first.offset.size() == first.scale.size() &&
                (first.scale.empty() || first.scale.size() == n_in),
            "offset and scale must have one entry for each input");
    require((first.selected ? first.selected->size() : n_features) == n_in,
            "the layer must take " +
                std::to_string(first.selected ? first.selected->size() : n_features) +
                " inputs, but takes " + std::to_string(n_in));
    for (std::size_t p = 0; p < n_in; ++p) {
      std::size_t feature = p;
      if (first.selected) {
        const std::int32_t chosen = (*first.selected)[p];
        require(chosen >= 0 && static_cast<std::size_t>(chosen) < n_features,
                "selected features must lie in 0.." + std::to_string(n_features));
        feature = static_cast<std::size_t>(chosen);
      }
      input_[feature] = p + 1;
    }
  }

  // 0 for a feature that is not selected.
  double operator()(std::size_t feature, std::size_t output) const {
    if (input_[feature] == 0) return 0;
    const std::size_t p = input_[feature] - 1;
    const auto w = static_cast<double>(first_.weight(output, p));
    return first_.scale.empty() ? w : w * static_cast<double>(first_.scale[p]);
  }

  // The outputs of features that are all 0.
  std::vector<double> bias() const {
    std::vector<double> bias(first_.bias.begin(), first_.bias.end());
    if (first_.scale.empty()) return bias;
    for (std::size_t o = 0; o < bias.size(); ++o) {
      for (std::size_t p = 0; p < first_.weight.cols(); ++p) {
        const auto w = static_cast<double>(first_.weight(o, p));
        bias[o] -= w * static_cast<double>(first_.scale[p]) * first_.offset[p];
      }
    }
    return bias;
  }

 private:
  const FirstLayer& first_;
  std::vector<std::size_t> input_;  // of each feature, counted from 1; 0 for none
};

}  // namespace slimline
