#include <pybind11/stl.h>

#include "bindings.hpp"
#include "convert.hpp"
#include "slimline/layers/stack.hpp"

namespace slimline::bindings {
namespace {

template <class T>
SparseRowsView<T> sparse_rows(const Array<T>& values, const Array<std::int32_t>& indices,
                              const Array<std::int32_t>& indptr, std::size_t n_in,
                              std::size_t unit) {
  return {.values = vector_view(values, "values"),
          .indices = vector_view(indices, "indices"),
          .indptr = vector_view(indptr, "indptr"),
          .n_in = n_in,
          .unit = unit};
}

void add_sparse(Stack& stack, const Array<float>& values, const Array<std::int32_t>& indices,
                const Array<std::int32_t>& indptr, std::size_t n_in, std::size_t unit,
                const Array<float>& bias, const std::string& activation) {
  stack.add(SparseLayer(sparse_rows(values, indices, indptr, n_in, unit), vector_view(bias, "bias"),
                        activation));
}

void add_sparse_int8(Stack& stack, const Array<std::int8_t>& values,
                     const Array<std::int32_t>& indices, const Array<std::int32_t>& indptr,
                     std::size_t n_in, const Array<float>& scale, const Array<float>& bias,
                     const std::string& activation) {
  stack.add(SparseInt8Layer(sparse_rows(values, indices, indptr, n_in, 4),
                            vector_view(scale, "scale"), vector_view(bias, "bias"), activation));
}

template <class Index>
void forward_csr(const Stack& stack, const Array<float>& data, const Array<Index>& indices,
                 const Array<Index>& indptr, std::size_t n_features, Array<float>& out,
                 int n_threads) {
  const auto X = csr_view(data, indices, indptr, n_features);
  const auto y = mutable_matrix_view(out, "out");
  const py::gil_scoped_release release;
  stack.forward(X, y, n_threads);
}

template <class Index, class Class>
void bind_forward_csr(Class& stack) {
  stack.def("forward_csr", &forward_csr<Index>, py::arg("data").noconvert(),
            py::arg("indices").noconvert(), py::arg("indptr").noconvert(), py::arg("n_features"),
            py::arg("out").noconvert(), py::arg("n_threads"));
}

}  // namespace

void bind_layers(py::module_& m) {
  m.def("activation_names", &activation_names);
  py::class_<Stack> stack(m, "Stack");
  stack.def(py::init<std::size_t>(), py::arg("n_features"))
      .def_property_readonly("n_outputs", &Stack::n_outputs)
      .def(
          "set_columns",
          [](Stack& self, const Array<std::int32_t>& columns) {
            self.set_columns(vector_view(columns, "columns"));
          },
          py::arg("columns").noconvert())
      .def(
          "set_standardize",
          [](Stack& self, const Array<float>& offset, const Array<float>& scale) {
            self.set_standardize(vector_view(offset, "offset"), vector_view(scale, "scale"));
          },
          py::arg("offset").noconvert(), py::arg("scale").noconvert())
      .def(
          "add_dense",
          [](Stack& self, const Array<float>& weight, const Array<float>& bias,
             const std::string& activation) {
            self.add(
                DenseLayer(matrix_view(weight, "weight"), vector_view(bias, "bias"), activation));
          },
          py::arg("weight").noconvert(), py::arg("bias").noconvert(), py::arg("activation"))
      .def("add_sparse", &add_sparse, py::arg("values").noconvert(), py::arg("indices").noconvert(),
           py::arg("indptr").noconvert(), py::arg("n_in"), py::arg("unit"),
           py::arg("bias").noconvert(), py::arg("activation"))
      .def("add_sparse_int8", &add_sparse_int8, py::arg("values").noconvert(),
           py::arg("indices").noconvert(), py::arg("indptr").noconvert(), py::arg("n_in"),
           py::arg("scale").noconvert(), py::arg("bias").noconvert(), py::arg("activation"))
      .def(
          "add_int8",
          [](Stack& self, const Array<std::int8_t>& weight, const Array<float>& scale,
             const Array<float>& bias, const std::string& activation) {
            self.add(Int8Layer(matrix_view(weight, "weight"), vector_view(scale, "scale"),
                               vector_view(bias, "bias"), activation));
          },
          py::arg("weight").noconvert(), py::arg("scale").noconvert(), py::arg("bias").noconvert(),
          py::arg("activation"))
      .def(
          "add_int8_static",
          [](Stack& self, const Array<std::int8_t>& weight, const Array<float>& scale,
             const Array<float>& offset, const Array<float>& input_low,
             const Array<float>& input_step, const std::string& activation) {
            const Int8StaticLayer::Input input{.low = vector_view(input_low, "input_low"),
                                               .step = vector_view(input_step, "input_step")};
            self.add(Int8StaticLayer(matrix_view(weight, "weight"), vector_view(scale, "scale"),
                                     vector_view(offset, "offset"), input, activation));
          },
          py::arg("weight").noconvert(), py::arg("scale").noconvert(),
          py::arg("offset").noconvert(), py::arg("input_low").noconvert(),
          py::arg("input_step").noconvert(), py::arg("activation"))
      .def(
          "forward",
          [](const Stack& self, const Array<float>& X, Array<float>& out, int n_threads) {
            const auto x = matrix_view(X, "X");
            const auto y = mutable_matrix_view(out, "out");
            const py::gil_scoped_release release;
            self.forward(x, y, n_threads);
          },
          py::arg("X").noconvert(), py::arg("out").noconvert(), py::arg("n_threads"));
  stack
      .def(
          "winners",
          [](const Stack& self, const Array<float>& X, Array<std::int64_t>& places, int n_threads) {
            const auto x = matrix_view(X, "X");
            const auto p = mutable_vector_view(places, "places");
            const py::gil_scoped_release release;
            self.winners(x, p, n_threads);
          },
          py::arg("X").noconvert(), py::arg("places").noconvert(), py::arg("n_threads"))
      // One row, which is too little work to let other threads have the GIL meanwhile.
      .def(
          "row",
          [](const Stack& self, const Array<float>& x, Array<float>& out) {
            const auto row = vector_view(x, "x");
            const auto y = mutable_vector_view(out, "out");
            self.forward({row.data(), 1, row.size()}, {y.data(), 1, y.size()}, 1);
          },
          py::arg("x").noconvert(), py::arg("out").noconvert())
      .def(
          "row_winner",
          [](const Stack& self, const Array<float>& x) {
            const auto row = vector_view(x, "x");
            std::int64_t place = 0;
            self.winners({row.data(), 1, row.size()}, {&place, 1}, 1);
            return place;
          },
          py::arg("x").noconvert());
  bind_forward_csr<std::int32_t>(stack);
  bind_forward_csr<std::int64_t>(stack);
}

}  // namespace slimline::bindings
