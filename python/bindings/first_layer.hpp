// The first layer of a predictor that is multiplied with what makes its inputs.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "arrays.hpp"
#include "convert.hpp"
#include "released.hpp"
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

// forward and winners of a predictor whose rows, an argument called `name`, are Rows; view(rows) is
// what the core takes.
template <class Rows, class Class, class View>
void bind_outputs(Class& stack, const char* name, View view) {
  using Self = typename Class::type;
  stack.def_property_readonly("n_outputs", &Self::n_outputs)
      .def(
          "forward",
          [view](const Self& self, const Rows& rows, Array<float>& out, int n_threads) {
            const auto y = mutable_matrix_view(out, "out");
            const Released released;
            self.forward(view(rows), y, n_threads);
          },
          py::arg(name), py::arg("out").noconvert(), py::arg("n_threads"))
      .def(
          "winners",
          [view](const Self& self, const Rows& rows, Array<std::int64_t>& places, int n_threads) {
            const auto p = mutable_vector_view(places, "places");
            const Released released;
            self.winners(view(rows), p, n_threads);
          },
          py::arg(name), py::arg("places").noconvert(), py::arg("n_threads"));
}

}  // namespace slimline::bindings
