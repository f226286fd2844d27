#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <optional>

#include "bindings.hpp"
#include "convert.hpp"
#include "slimline/sgd.hpp"

namespace slimline::bindings {
namespace {

// Calls Python's on_epoch(epoch, objective) when there is one, and lets Ctrl-C end the fit.
EpochCallback epoch_callback(const py::object& on_epoch) {
  return [on_epoch, interrupted = interrupt_check()](std::size_t epoch, double objective) {
    if (!on_epoch.is_none()) {
      const py::gil_scoped_acquire gil;
      on_epoch(epoch, objective);
    }
    return interrupted();
  };
}

template <class T>
SgdResult fit(const Samples<T>& X, const Array<double>& y, const Array<double>& sample_weight,
              const Array<double>& class_weight, const SgdOptions& options,
              const py::object& on_epoch, Array<T>& coef, Array<double>& intercept) {
  const auto weights = vector_view(class_weight, "class_weight");
  const SgdTargets targets{.y = vector_view(y, "y"),
                           .sample_weight = vector_view(sample_weight, "sample_weight"),
                           .class_weight = weights,
                           .n_classes = weights.size()};
  const auto W = mutable_matrix_view(coef, "coef");
  const auto b = mutable_vector_view(intercept, "intercept");
  const EpochCallback callback = epoch_callback(on_epoch);
  const py::gil_scoped_release release;
  return sgd_fit<T>(X, targets, options, callback, W, b);
}

template <class T>
void bind_dense(py::module_& m) {
  m.def(
      "sgd_fit",
      [](const Array<T>& X, const Array<double>& y, const Array<double>& sample_weight,
         const Array<double>& class_weight, const SgdOptions& options, const py::object& on_epoch,
         Array<T>& coef, Array<double>& intercept) {
        return fit<T>(matrix_view(X, "X"), y, sample_weight, class_weight, options, on_epoch, coef,
                      intercept);
      },
      py::arg("X").noconvert(), py::arg("y").noconvert(), py::arg("sample_weight").noconvert(),
      py::arg("class_weight").noconvert(), py::arg("options"), py::arg("on_epoch"),
      py::arg("coef").noconvert(), py::arg("intercept").noconvert());
}

template <class T, class Index>
void bind_csr(py::module_& m) {
  m.def(
      "sgd_fit_csr",
      [](const Array<T>& data, const Array<Index>& indices, const Array<Index>& indptr,
         const Array<double>& y, const Array<double>& sample_weight,
         const Array<double>& class_weight, const SgdOptions& options, const py::object& on_epoch,
         Array<T>& coef, Array<double>& intercept) {
        const auto cols = mutable_matrix_view(coef, "coef").cols();
        return fit<T>(csr_view(data, indices, indptr, cols), y, sample_weight, class_weight,
                      options, on_epoch, coef, intercept);
      },
      py::arg("data").noconvert(), py::arg("indices").noconvert(), py::arg("indptr").noconvert(),
      py::arg("y").noconvert(), py::arg("sample_weight").noconvert(),
      py::arg("class_weight").noconvert(), py::arg("options"), py::arg("on_epoch"),
      py::arg("coef").noconvert(), py::arg("intercept").noconvert());
}

void bind_options(py::module_& m) {
  py::class_<SgdOptions>(m, "SgdOptions")
      .def(py::init<>())
      .def_readwrite("loss", &SgdOptions::loss)
      .def_readwrite("penalty", &SgdOptions::penalty)
      .def_readwrite("schedule", &SgdOptions::schedule)
      .def_readwrite("alpha", &SgdOptions::alpha)
      .def_readwrite("epsilon", &SgdOptions::epsilon)
      .def_readwrite("eta0", &SgdOptions::eta0)
      .def_readwrite("power_t", &SgdOptions::power_t)
      .def_readwrite("decay", &SgdOptions::decay)
      .def_readwrite("fit_intercept", &SgdOptions::fit_intercept)
      .def_readwrite("shuffle", &SgdOptions::shuffle)
      .def_readwrite("batch_size", &SgdOptions::batch_size)
      .def_readwrite("max_iter", &SgdOptions::max_iter)
      .def_readwrite("n_iter_no_change", &SgdOptions::n_iter_no_change)
      .def_readwrite("tol", &SgdOptions::tol)
      .def_readwrite("seed", &SgdOptions::seed)
      .def_readwrite("n_threads", &SgdOptions::n_threads);
}

}  // namespace

void bind_sgd(py::module_& m) {
  bind_options(m);
  py::class_<SgdResult>(m, "SgdResult")
      .def_readonly("n_iter", &SgdResult::n_iter)
      .def_readonly("converged", &SgdResult::converged)
      .def_readonly("diverged", &SgdResult::diverged)
      .def_readonly("updates", &SgdResult::updates);
  m.def("loss_names", &loss_names);
  m.def("penalty_names", &penalty_names);
  m.def("schedule_names", &schedule_names);
  m.def("loss_at", &loss_at, py::arg("loss"), py::arg("epsilon"), py::arg("prediction"),
        py::arg("target"));
  m.def("schedule_at", &schedule_at, py::arg("options"), py::arg("updates"),
        py::arg("updates_per_epoch"));
  bind_dense<float>(m);
  bind_dense<double>(m);
  bind_csr<float, std::int32_t>(m);
  bind_csr<float, std::int64_t>(m);
  bind_csr<double, std::int32_t>(m);
  bind_csr<double, std::int64_t>(m);
}

}  // namespace slimline::bindings
