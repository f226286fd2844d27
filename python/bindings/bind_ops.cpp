#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/finite.hpp"
#include "slimline/gemm.hpp"
#include "slimline/prune.hpp"
#include "slimline/quantize.hpp"

namespace slimline::bindings {
namespace {

// Any shape.
template <class T>
bool is_finite(const Array<T>& array, int n_threads) {
  const std::span values(array.data(), static_cast<std::size_t>(array.size()));
  const Released released;
  return all_finite(values, n_threads);
}

template <class Index>
bool is_canonical_csr(const Array<Index>& indices, const Array<Index>& indptr, std::size_t cols) {
  const auto j = vector_view(indices, "indices");
  const auto p = vector_view(indptr, "indptr");
  check_csr(j, p, cols);
  return is_canonical(j, p);
}

PackedInt8 pack_int8(const Array<std::int8_t>& B) {
  const auto view = matrix_view(B, "B");
  const Released released;
  return {view.data(), view.rows(), view.cols(), view.stride(), 1};
}

void multiply_int8(const Array<std::uint8_t>& A, const PackedInt8& packed, int a_max,
                   Array<std::int32_t>& out, int n_threads) {
  const auto a = matrix_view(A, "A");
  const auto c = mutable_matrix_view(out, "out");
  const Released released;
  gemm_int8(a, packed, a_max, c, n_threads);
}

Int8Affine affine_from(const Array<float>& scale, const Array<float>& bias, std::int32_t zero_point,
                       bool relu) {
  return {.zero_point = zero_point,
          .scale = vector_view(scale, "scale"),
          .bias = vector_view(bias, "bias"),
          .relu = relu};
}

void multiply_int8_float(const Array<std::uint8_t>& A, const PackedInt8& packed, int a_max,
                         const Array<float>& scale, const Array<float>& bias,
                         std::int32_t zero_point, bool relu, Array<float>& out, int n_threads) {
  const auto a = matrix_view(A, "A");
  const auto affine = affine_from(scale, bias, zero_point, relu);
  const auto c = mutable_matrix_view(out, "out");
  const Released released;
  gemm_int8_float(a, packed, a_max, affine, c, n_threads);
}

void multiply_int8_u7(const Array<std::uint8_t>& A, const PackedInt8& packed, int a_max,
                      const Array<float>& scale, const Array<float>& bias, std::int32_t zero_point,
                      bool relu, float low, float step, Array<std::uint8_t>& out, int n_threads) {
  const auto a = matrix_view(A, "A");
  const auto affine = affine_from(scale, bias, zero_point, relu);
  const auto c = mutable_matrix_view(out, "out");
  const Released released;
  gemm_int8_u7(a, packed, a_max, affine, low, step, c, n_threads);
}

void multiply_float(const Array<float>& A, const Array<float>& B, Array<float>& out,
                    int n_threads) {
  const auto a = matrix_view(A, "A");
  const auto b = matrix_view(B, "B");
  const auto c = mutable_matrix_view(out, "out");
  const Released released;
  gemm_float(a, PackedFloat(b.data(), b.rows(), b.cols(), b.stride(), 1), c, n_threads);
}

void rows_to_u7(const Array<float>& X, Array<std::uint8_t>& q, Array<float>& scale,
                Array<std::int32_t>& zero_point) {
  const auto x = matrix_view(X, "X");
  const auto levels = mutable_matrix_view(q, "q");
  const auto scales = mutable_vector_view(scale, "scale");
  const auto zero_points = mutable_vector_view(zero_point, "zero_point");
  const Released released;
  quantize_rows(x, levels, scales, zero_points);
}

void weight_to_s8(const Array<float>& W, bool per_tensor, Array<std::int8_t>& q,
                  Array<float>& scale) {
  const auto w = matrix_view(W, "W");
  const auto integers = mutable_matrix_view(q, "q");
  const auto scales = mutable_vector_view(scale, "scale");
  const Released released;
  quantize_weight(w, per_tensor ? Per::kTensor : Per::kChannel, integers, scales);
}

void eliminate_weights(const Array<double>& inverse, const Array<double>& W,
                       Array<std::int32_t>& order, Array<double>& loss, int n_threads) {
  const auto a = matrix_view(inverse, "inverse");
  const auto w = matrix_view(W, "W");
  const auto steps = mutable_matrix_view(order, "order");
  const auto costs = mutable_matrix_view(loss, "loss");
  const Released released;
  eliminate(a, w, steps, costs, n_threads);
}

}  // namespace

void bind_ops(py::module_& m) {
  py::class_<PackedInt8>(m, "PackedInt8")
      .def(py::init(&pack_int8), py::arg("B").noconvert())
      .def_property_readonly(
          "shape",
          [](const PackedInt8& packed) { return py::make_tuple(packed.rows(), packed.cols()); })
      .def_property_readonly("coupled", &PackedInt8::coupled);
  m.def("all_finite", &is_finite<float>, py::arg("array").noconvert(), py::arg("n_threads"));
  m.def("all_finite", &is_finite<double>, py::arg("array").noconvert(), py::arg("n_threads"));
  m.def("is_canonical_csr", &is_canonical_csr<std::int32_t>, py::arg("indices").noconvert(),
        py::arg("indptr").noconvert(), py::arg("n_columns"));
  m.def("is_canonical_csr", &is_canonical_csr<std::int64_t>, py::arg("indices").noconvert(),
        py::arg("indptr").noconvert(), py::arg("n_columns"));
  m.def("gemm_int8", &multiply_int8, py::arg("A").noconvert(), py::arg("packed"), py::arg("a_max"),
        py::arg("out").noconvert(), py::arg("n_threads"));
  m.def("gemm_int8_float", &multiply_int8_float, py::arg("A").noconvert(), py::arg("packed"),
        py::arg("a_max"), py::arg("scale").noconvert(), py::arg("bias").noconvert(),
        py::arg("zero_point"), py::arg("relu"), py::arg("out").noconvert(), py::arg("n_threads"));
  m.def("gemm_int8_u7", &multiply_int8_u7, py::arg("A").noconvert(), py::arg("packed"),
        py::arg("a_max"), py::arg("scale").noconvert(), py::arg("bias").noconvert(),
        py::arg("zero_point"), py::arg("relu"), py::arg("low"), py::arg("step"),
        py::arg("out").noconvert(), py::arg("n_threads"));
  m.def("gemm_float", &multiply_float, py::arg("A").noconvert(), py::arg("B").noconvert(),
        py::arg("out").noconvert(), py::arg("n_threads"));
  m.def("quantize_rows", &rows_to_u7, py::arg("X").noconvert(), py::arg("q").noconvert(),
        py::arg("scale").noconvert(), py::arg("zero_point").noconvert());
  m.def("quantize_weight", &weight_to_s8, py::arg("W").noconvert(), py::arg("per_tensor"),
        py::arg("q").noconvert(), py::arg("scale").noconvert());
  m.def("eliminate", &eliminate_weights, py::arg("inverse").noconvert(), py::arg("W").noconvert(),
        py::arg("order").noconvert(), py::arg("loss").noconvert(), py::arg("n_threads"));
}

}  // namespace slimline::bindings
