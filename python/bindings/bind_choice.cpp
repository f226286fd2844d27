// Which engine "auto" runs on given rows.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/engines.hpp"
#include "slimline/sgd.hpp"

namespace slimline::bindings {
namespace {

template <class T>
EngineChoice choose(const Samples<T>& X, std::size_t n_outputs, const SgdOptions& options) {
  const Released released;
  return choice_for_linear<T>(X, n_outputs, options);
}

template <class T>
void bind_dense(py::module_& m) {
  m.def(
      "choice_for_linear",
      [](const Array<T>& X, std::size_t n_outputs, const SgdOptions& options) {
        return choose<T>(matrix_view(X, "X"), n_outputs, options);
      },
      py::arg("X").noconvert(), py::arg("n_outputs"), py::arg("options"));
}

template <class T, class Index>
void bind_csr(py::module_& m) {
  m.def(
      "choice_for_linear_csr",
      [](const Array<T>& data, const Array<Index>& indices, const Array<Index>& indptr,
         std::size_t n_columns, std::size_t n_outputs, const SgdOptions& options) {
        return choose<T>(csr_view(data, indices, indptr, n_columns), n_outputs, options);
      },
      py::arg("data").noconvert(), py::arg("indices").noconvert(), py::arg("indptr").noconvert(),
      py::arg("n_columns"), py::arg("n_outputs"), py::arg("options"));
}

}  // namespace

void bind_choice(py::module_& m) {
  py::class_<EngineChoice>(m, "EngineChoice")
      .def_property_readonly("when", [](const EngineChoice& c) { return c.rule.when; })
      .def_property_readonly("engines", [](const EngineChoice& c) { return c.rule.engines; })
      .def_readonly("facts", &EngineChoice::facts)
      .def_readonly("fallback", &EngineChoice::fallback);
  m.def("choice_for_svm", &choice_for_svm, py::arg("n_rows"), py::arg("n_columns"));
  bind_dense<float>(m);
  bind_dense<double>(m);
  bind_csr<float, std::int32_t>(m);
  bind_csr<float, std::int64_t>(m);
  bind_csr<double, std::int32_t>(m);
  bind_csr<double, std::int64_t>(m);
}

}  // namespace slimline::bindings
