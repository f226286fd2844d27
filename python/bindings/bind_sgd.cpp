#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <vector>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/engines.hpp"
#include "slimline/error.hpp"
#include "slimline/sgd.hpp"

namespace slimline::bindings {
namespace {

// Calls Python's on_epoch(epoch, objectives), if there is one, and takes what it returns, if
// anything, in place of the objectives.
EpochCallback epoch_callback(const py::object& on_epoch) {
  if (on_epoch.is_none()) return nullptr;
  return [&on_epoch](std::size_t epoch, std::span<double> objectives) {
    const py::gil_scoped_acquire gil;
    const py::object watched =
        on_epoch(epoch, std::vector<double>(objectives.begin(), objectives.end()));
    if (watched.is_none()) return false;
    const auto values = watched.cast<std::vector<double>>();
    require(values.size() == objectives.size(), "on_epoch must return one value an output");
    std::copy(values.begin(), values.end(), objectives.begin());
    return false;
  };
}

// What to learn, in arrays of the caller's.
struct Targets {
  const Array<double>& y;
  const Array<double>& sample_weight;
  const Array<double>& class_weight;
  const Array<std::size_t>& rows;
};
template <class T>
struct Weights {
  Array<T>& coef;
  Array<double>& intercept;
  Array<T>& average_coef;
  Array<double>& average_intercept;
  Array<T>& squares;
  Array<double>& intercept_squares;
};

template <class T>
SgdResult fit(const Samples<T>& X, const Targets& t, const SgdOptions& options,
              const py::object& on_epoch, const Weights<T>& w) {
  const auto class_weight = vector_view(t.class_weight, "class_weight");
  const SgdTargets targets{.y = matrix_view(t.y, "y"),
                           .sample_weight = vector_view(t.sample_weight, "sample_weight"),
                           .class_weight = class_weight,
                           .rows = vector_view(t.rows, "rows"),
                           .n_classes = class_weight.size()};
  const SgdWeights<T> weights{
      .coef = mutable_matrix_view(w.coef, "coef"),
      .intercept = mutable_vector_view(w.intercept, "intercept"),
      .average_coef = mutable_matrix_view(w.average_coef, "average_coef"),
      .average_intercept = mutable_vector_view(w.average_intercept, "average_intercept"),
      .squares = mutable_matrix_view(w.squares, "squares"),
      .intercept_squares = mutable_vector_view(w.intercept_squares, "intercept_squares")};
  const EpochCallback callback = epoch_callback(on_epoch);
  const Released released;
  return sgd_fit<T>(X, targets, options, callback, weights);
}

// Defines m.name(X..., y, sample_weight, class_weight, rows, options, on_epoch, weights...), where
// X_args name the arrays of X and `view` makes samples of them and of the number of columns.
template <class T, class... XArrays, class View, class... XArgs>
void bind_fit(py::module_& m, const char* name, const View& view, const XArgs&... X_args) {
  m.def(
      name,
      [view](const XArrays&... X, const Array<double>& y, const Array<double>& sample_weight,
             const Array<double>& class_weight, const Array<std::size_t>& rows,
             const SgdOptions& options, const py::object& on_epoch, Array<T>& coef,
             Array<double>& intercept, Array<T>& average_coef, Array<double>& average_intercept,
             Array<T>& squares, Array<double>& intercept_squares) {
        const auto cols = mutable_matrix_view(coef, "coef").cols();
        return fit<T>(
            view(cols, X...), {y, sample_weight, class_weight, rows}, options, on_epoch,
            {coef, intercept, average_coef, average_intercept, squares, intercept_squares});
      },
      X_args..., py::arg("y").noconvert(), py::arg("sample_weight").noconvert(),
      py::arg("class_weight").noconvert(), py::arg("rows").noconvert(), py::arg("options"),
      py::arg("on_epoch"), py::arg("coef").noconvert(), py::arg("intercept").noconvert(),
      py::arg("average_coef").noconvert(), py::arg("average_intercept").noconvert(),
      py::arg("squares").noconvert(), py::arg("intercept_squares").noconvert());
}

template <class T>
void bind_dense(py::module_& m) {
  const auto view = [](std::size_t /*cols*/, const Array<T>& X) -> Samples<T> {
    return matrix_view(X, "X");
  };
  bind_fit<T, Array<T>>(m, "sgd_fit", view, py::arg("X").noconvert());
}

template <class T, class Index>
void bind_csr(py::module_& m) {
  const auto view = [](std::size_t cols, const Array<T>& data, const Array<Index>& indices,
                       const Array<Index>& indptr) -> Samples<T> {
    return csr_view(data, indices, indptr, cols);
  };
  bind_fit<T, Array<T>, Array<Index>, Array<Index>>(
      m, "sgd_fit_csr", view, py::arg("data").noconvert(), py::arg("indices").noconvert(),
      py::arg("indptr").noconvert());
}

void bind_options(py::module_& m) {
  py::class_<SgdOptions>(m, "SgdOptions")
      .def(py::init<>())
      .def_readwrite("loss", &SgdOptions::loss)
      .def_readwrite("penalty", &SgdOptions::penalty)
      .def_readwrite("schedule", &SgdOptions::schedule)
      .def_readwrite("alpha", &SgdOptions::alpha)
      .def_readwrite("l1_ratio", &SgdOptions::l1_ratio)
      .def_readwrite("epsilon", &SgdOptions::epsilon)
      .def_readwrite("eta0", &SgdOptions::eta0)
      .def_readwrite("power_t", &SgdOptions::power_t)
      .def_readwrite("decay", &SgdOptions::decay)
      .def_readwrite("momentum", &SgdOptions::momentum)
      .def_readwrite("nesterov", &SgdOptions::nesterov)
      .def_readwrite("adaptive_scale", &SgdOptions::adaptive_scale)
      .def_readwrite("fit_intercept", &SgdOptions::fit_intercept)
      .def_readwrite("shuffle", &SgdOptions::shuffle)
      .def_readwrite("batch_size", &SgdOptions::batch_size)
      .def_readwrite("max_iter", &SgdOptions::max_iter)
      .def_readwrite("n_iter_no_change", &SgdOptions::n_iter_no_change)
      .def_readwrite("tol", &SgdOptions::tol)
      .def_readwrite("seed", &SgdOptions::seed)
      .def_readwrite("n_threads", &SgdOptions::n_threads)
      .def_readwrite("updates_before", &SgdOptions::updates_before)
      .def_readwrite("average_from", &SgdOptions::average_from)
      .def_readwrite("partial", &SgdOptions::partial);
}

}  // namespace

void bind_sgd(py::module_& m) {
  bind_options(m);
  py::class_<SgdResult>(m, "SgdResult")
      .def_readonly("n_iter", &SgdResult::n_iter)
      .def_readonly("converged", &SgdResult::converged)
      .def_readonly("above_zero", &SgdResult::above_zero)
      .def_readonly("gap", &SgdResult::gap)
      .def_readonly("updates", &SgdResult::updates);
  m.attr("LEAST_TOL") = kLeastTol;
  m.def("loss_names", &loss_names);
  m.def("penalty_names", &penalty_names);
  m.def("schedule_names", &schedule_names);
  m.def("loss_at", &loss_at, py::arg("loss"), py::arg("epsilon"), py::arg("prediction"),
        py::arg("target"));
  py::class_<LossTraits>(m, "LossTraits")
      .def_readonly("name", &LossTraits::name)
      .def_readonly("link", &LossTraits::link)
      .def_readonly("regression", &LossTraits::regression)
      .def_readonly("smooth", &LossTraits::smooth)
      .def_readonly("svm", &LossTraits::svm)
      .def_readonly("curvature", &LossTraits::curvature);
  m.def("loss_traits", &loss_traits);
  m.def("engine_rules", [] {
    py::list rules;
    for (const EngineRule& rule : engine_rules()) {
      rules.append(py::make_tuple(rule.learner, rule.when, rule.engines));
    }
    return rules;
  });
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
