// The first layer of a predictor that is multiplied with what makes its inputs.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "convert.hpp"
#include "slimline/table_stack.hpp"

namespace slimline::bindings {

// Views of arrays, which must outlive it.
inline FirstLayer first_layer(const Array<float>& weight, const Array<float>& bias,
                              std::string activation,
                              const std::optional<Array<std::int32_t>>& selected,
                              const std::optional<Array<double>>& offset,
                              const std::optional<Array<float>>& scale) {
  FirstLayer first{.weight = matrix_view(weight, "weight"),
                   .bias = vector_view(bias, "bias"),
                   .activation = std::move(activation)};
  if (selected) first.selected = vector_view(*selected, "selected");
  if (offset) first.offset = vector_view(*offset, "offset");
  if (scale) first.scale = vector_view(*scale, "scale");
  return first;
}

}  // namespace slimline::bindings
