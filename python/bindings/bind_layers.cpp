#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/kept_units.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/layers/stack.hpp"

namespace slimline::bindings {
namespace {

// What a file keeps of a pruned layer's weights: values (n_units, unit), the code of their places,
// and the shape of the weights. The arrays must outlive the view.
using Index = std::variant<Array<std::uint8_t>, Array<std::uint16_t>>;

template <class T>
KeptUnits<T> kept_units(const Array<T>& values, const Index& index, const std::string& encoding,
                        std::size_t n_out, std::size_t n_in) {
  require(values.ndim() == 2, "values must be a 2-d array");
  require(encoding == "bitmap" || encoding == "delta",
          "encoding must be 'bitmap' or 'delta', got '" + encoding.substr(0, 80) + "'");
  KeptUnits<T> kept{.values = {values.data(), static_cast<std::size_t>(values.size())},
                    .code = {},
                    .n_out = n_out,
                    .n_in = n_in,
                    .unit = static_cast<std::size_t>(values.shape(1))};
  require(kept.unit == 1 || kept.unit == 4,
          "values must have 1 or 4 columns, got " + std::to_string(kept.unit));
  if (const auto* words = std::get_if<Array<std::uint16_t>>(&index)) {
    require(encoding == "delta", "index of a bitmap must be uint8, got uint16");
    kept.code.kind = UnitCode::Kind::kDelta16;
    kept.code.words = vector_view(*words, "index");
  } else {
    kept.code.kind = encoding == "delta" ? UnitCode::Kind::kDelta8 : UnitCode::Kind::kBitmap;
    kept.code.bytes = vector_view(std::get<Array<std::uint8_t>>(index), "index");
  }
  return kept;
}

template <class T>
void bind_kept_units(py::module_& m) {
  m.def(
      "check_units",
      [](const Array<T>& values, const Index& index, const std::string& encoding, std::size_t n_out,
         std::size_t n_in) { check_units(kept_units(values, index, encoding, n_out, n_in)); },
      py::arg("values").noconvert(), py::arg("index").noconvert(), py::arg("encoding"),
      py::arg("n_out"), py::arg("n_in"));
  m.def(
      "count_blocks",
      [](const Array<T>& values, const Index& index, const std::string& encoding, std::size_t n_out,
         std::size_t n_in) {
        return count_blocks(kept_units(values, index, encoding, n_out, n_in));
      },
      py::arg("values").noconvert(), py::arg("index").noconvert(), py::arg("encoding"),
      py::arg("n_out"), py::arg("n_in"));
  m.def(
      "expand_units",
      [](const Array<T>& values, const Index& index, const std::string& encoding, Array<T>& out) {
        const auto weight = mutable_matrix_view(out, "out");
        const auto kept = kept_units(values, index, encoding, weight.rows(), weight.cols());
        check_units(kept);
        expand_units(kept, weight);
      },
      py::arg("values").noconvert(), py::arg("index").noconvert(), py::arg("encoding"),
      py::arg("out").noconvert());
}

void bind_int8_units(py::module_& m) {
  m.def(
      "used_inputs",
      [](const Array<std::int8_t>& values, const Index& index, const std::string& encoding,
         std::size_t n_out, std::size_t n_in) {
        const auto kept = kept_units(values, index, encoding, n_out, n_in);
        check_units(kept);
        const std::vector<std::uint32_t> inputs = used_inputs(kept);
        return Array<std::uint32_t>(static_cast<py::ssize_t>(inputs.size()), inputs.data());
      },
      py::arg("values").noconvert(), py::arg("index").noconvert(), py::arg("encoding"),
      py::arg("n_out"), py::arg("n_in"));
  m.def(
      "scale_units",
      [](const Array<std::int8_t>& values, const Index& index, const std::string& encoding,
         std::size_t n_out, std::size_t n_in, const Array<float>& scale,
         const Array<std::int8_t>& exponent, Array<float>& out) {
        const auto kept = kept_units(values, index, encoding, n_out, n_in);
        check_units(kept);
        const auto scaled = mutable_matrix_view(out, "out");
        scale_units(kept, vector_view(scale, "scale"), vector_view(exponent, "exponent"),
                    {scaled.data(), static_cast<std::size_t>(out.size())});
      },
      py::arg("values").noconvert(), py::arg("index").noconvert(), py::arg("encoding"),
      py::arg("n_out"), py::arg("n_in"), py::arg("scale").noconvert(),
      py::arg("exponent").noconvert(), py::arg("out").noconvert());
}

// form: "dense", or the unit that the layer computes in, "csr" or "blocks".
void add_kept(Stack& stack, const Array<float>& values, const Index& index,
              const std::string& encoding, std::size_t n_out, std::size_t n_in,
              const std::string& form, const Array<float>& bias, const std::string& activation) {
  const auto kept = kept_units(values, index, encoding, n_out, n_in);
  const auto b = vector_view(bias, "bias");
  if (form == "dense") {
    stack.add(DenseLayer(kept, b, activation));
  } else {
    stack.add(SparseLayer(kept, form == "csr" ? 1 : 4, b, activation));
  }
}

void add_kept_int8(Stack& stack, const Array<std::int8_t>& values, const Index& index,
                   const std::string& encoding, std::size_t n_out, std::size_t n_in,
                   const std::string& form, const Array<float>& scale, const Array<float>& bias,
                   const std::string& activation) {
  const auto kept = kept_units(values, index, encoding, n_out, n_in);
  const auto s = vector_view(scale, "scale");
  const auto b = vector_view(bias, "bias");
  if (form == "dense") {
    stack.add(Int8Layer(kept, s, b, activation));
  } else {
    stack.add(SparseInt8Layer(kept, s, b, activation));
  }
}

// A TypeError, where the core would name a wrong value.
template <class Real>
void check_rows(const Stack& stack) {
  if constexpr (std::is_same_v<Real, double>) {
    if (!stack.takes_double()) throw py::type_error("X must be float32");
  }
}

template <class Real, class Index>
void forward_csr(const Stack& stack, const Array<Real>& data, const Array<Index>& indices,
                 const Array<Index>& indptr, std::size_t n_features, Array<float>& out,
                 int n_threads) {
  check_rows<Real>(stack);
  const auto X = csr_view(data, indices, indptr, n_features);
  const auto y = mutable_matrix_view(out, "out");
  const Released released;
  stack.forward(X, y, n_threads);
}

template <class Real, class Index, class Class>
void bind_forward_csr(Class& stack) {
  stack.def("forward_csr", &forward_csr<Real, Index>, py::arg("data").noconvert(),
            py::arg("indices").noconvert(), py::arg("indptr").noconvert(), py::arg("n_features"),
            py::arg("out").noconvert(), py::arg("n_threads"));
}

template <class Real>
void set_standardize(Stack& stack, const Array<Real>& offset, const Array<float>& scale) {
  stack.set_standardize(vector_view(offset, "offset"), vector_view(scale, "scale"));
}

template <class Class>
void bind_building(Class& stack) {
  stack
      .def(
          "set_columns",
          [](Stack& self, const Array<std::int32_t>& columns) {
            self.set_columns(vector_view(columns, "columns"));
          },
          py::arg("columns").noconvert())
      .def("set_standardize", &set_standardize<float>, py::arg("offset").noconvert(),
           py::arg("scale").noconvert())
      .def("set_standardize", &set_standardize<double>, py::arg("offset").noconvert(),
           py::arg("scale").noconvert())
      .def(
          "add_dense",
          [](Stack& self, const Array<float>& weight, const Array<float>& bias,
             const std::string& activation) {
            self.add(
                DenseLayer(matrix_view(weight, "weight"), vector_view(bias, "bias"), activation));
          },
          py::arg("weight").noconvert(), py::arg("bias").noconvert(), py::arg("activation"))
      .def("add_kept", &add_kept, py::arg("values").noconvert(), py::arg("index").noconvert(),
           py::arg("encoding"), py::arg("n_out"), py::arg("n_in"), py::arg("form"),
           py::arg("bias").noconvert(), py::arg("activation"))
      .def("add_kept_int8", &add_kept_int8, py::arg("values").noconvert(),
           py::arg("index").noconvert(), py::arg("encoding"), py::arg("n_out"), py::arg("n_in"),
           py::arg("form"), py::arg("scale").noconvert(), py::arg("bias").noconvert(),
           py::arg("activation"))
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
          py::arg("input_step").noconvert(), py::arg("activation"));
}

// Rows are float32, or float64 where the offsets are.
template <class Real, class Class>
void bind_predicting(Class& stack) {
  stack
      .def(
          "forward",
          [](const Stack& self, const Array<Real>& X, Array<float>& out, int n_threads) {
            check_rows<Real>(self);
            const auto x = matrix_view(X, "X");
            const auto y = mutable_matrix_view(out, "out");
            const Released released;
            self.forward(x, y, n_threads);
          },
          py::arg("X").noconvert(), py::arg("out").noconvert(), py::arg("n_threads"))
      .def(
          "winners",
          [](const Stack& self, const Array<Real>& X, Array<std::int64_t>& places, int n_threads) {
            check_rows<Real>(self);
            const auto x = matrix_view(X, "X");
            const auto p = mutable_vector_view(places, "places");
            const Released released;
            self.winners(x, p, n_threads);
          },
          py::arg("X").noconvert(), py::arg("places").noconvert(), py::arg("n_threads"))
      // One row, which is too little work to let other threads have the GIL meanwhile.
      .def(
          "row",
          [](const Stack& self, const Array<Real>& x, Array<float>& out) {
            check_rows<Real>(self);
            const auto row = vector_view(x, "x");
            const auto y = mutable_vector_view(out, "out");
            self.forward({row.data(), 1, row.size()}, {y.data(), 1, y.size()}, 1);
          },
          py::arg("x").noconvert(), py::arg("out").noconvert())
      .def(
          "row_winner",
          [](const Stack& self, const Array<Real>& x) {
            check_rows<Real>(self);
            const auto row = vector_view(x, "x");
            std::int64_t place = 0;
            self.winners({row.data(), 1, row.size()}, {&place, 1}, 1);
            return place;
          },
          py::arg("x").noconvert());
  bind_forward_csr<Real, std::int32_t>(stack);
  bind_forward_csr<Real, std::int64_t>(stack);
}

}  // namespace

void bind_layers(py::module_& m) {
  m.def("activation_names", &activation_names);
  m.def(
      "activate",
      [](const std::string& activation, const Array<float>& z, Array<float>& values,
         Array<float>& gradients) {
        const auto at = vector_view(z, "z");
        const auto to = mutable_vector_view(values, "values");
        const auto derivatives = mutable_vector_view(gradients, "gradients");
        require(at.size() == to.size() && at.size() == derivatives.size(),
                "z, values and gradients must have as many entries");
        const Released released;
        activate(activation, at, to, derivatives);
      },
      py::arg("activation"), py::arg("z").noconvert(), py::arg("values").noconvert(),
      py::arg("gradients").noconvert());
  bind_kept_units<float>(m);
  bind_kept_units<std::int8_t>(m);
  bind_int8_units(m);
  py::class_<Stack, std::shared_ptr<Stack>> stack(m, "Stack");
  stack.def(py::init<std::size_t>(), py::arg("n_features"))
      .def_property_readonly("n_outputs", &Stack::n_outputs);
  bind_building(stack);
  bind_predicting<float>(stack);  // first, since calls try them in this order
  bind_predicting<double>(stack);
}

}  // namespace slimline::bindings
