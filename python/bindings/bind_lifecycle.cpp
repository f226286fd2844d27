#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/explain.hpp"
#include "slimline/histogram.hpp"

namespace slimline::bindings {
namespace {

void bind_histogram(py::module_& m) {
  m.def(
      "add_to_histogram",
      [](const Array<float>& X, const Array<float>& edges, Array<std::int64_t>& counts) {
        const auto x = matrix_view(X, "X");
        const auto e = matrix_view(edges, "edges");
        const auto c = mutable_matrix_view(counts, "counts");
        const Released released;
        add_to_histogram(x, e, c);
      },
      py::arg("X").noconvert(), py::arg("edges").noconvert(), py::arg("counts").noconvert());
}

}  // namespace

void bind_lifecycle(py::module_& m) {
  bind_histogram(m);
  m.def(
      "integrated_gradients",
      [](const std::vector<Array<float>>& weights, const std::vector<Array<float>>& biases,
         const std::vector<std::string>& activations, const Array<float>& X,
         const Array<float>& baseline, std::size_t n_steps, Array<float>& out, int n_threads) {
        require(weights.size() == biases.size() && weights.size() == activations.size(),
                "weights, biases and activations must be as many");
        std::vector<ExplainedLayer> layers;
        for (std::size_t l = 0; l < weights.size(); ++l) {
          layers.push_back(
              {matrix_view(weights[l], "weight"), vector_view(biases[l], "bias"), activations[l]});
        }
        const auto x = matrix_view(X, "X");
        const auto start = vector_view(baseline, "baseline");
        const auto y = mutable_matrix_view(out, "out");
        const Released released;
        integrated_gradients(layers, x, start, n_steps, y, n_threads);
      },
      py::arg("weights"), py::arg("biases"), py::arg("activations"), py::arg("X").noconvert(),
      py::arg("baseline").noconvert(), py::arg("n_steps"), py::arg("out").noconvert(),
      py::arg("n_threads"));
}

}  // namespace slimline::bindings
