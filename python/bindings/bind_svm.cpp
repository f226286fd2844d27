#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/svm.hpp"

namespace slimline::bindings {
namespace {

// Calls Python's on_progress(problem, iteration, gap), if there is one.
SvmMonitor monitor(const py::object& on_progress) {
  if (on_progress.is_none()) return nullptr;
  return [&on_progress](const SvmProgress& progress) {
    const py::gil_scoped_acquire gil;
    on_progress(progress.problem, progress.iteration, progress.gap);
    return false;
  };
}

// How a fit begins and is watched.
struct Run {
  const SvmOptions& options;
  const std::vector<SvmStart>& starts;
  const py::object& on_progress;
};

std::vector<SvmSolution> classify(const AnySamples& X, const Array<std::int64_t>& labels,
                                  const Array<double>& cost, const Array<double>& class_weight,
                                  SvmScheme scheme, const Run& run) {
  const SvmLabels y{.labels = vector_view(labels, "labels"),
                    .cost = vector_view(cost, "cost"),
                    .class_weight = vector_view(class_weight, "class_weight")};
  const SvmMonitor watched = monitor(run.on_progress);
  const Released released;
  return svm_classify(X, y, scheme, run.options, run.starts, watched);
}

SvmSolution regress(const AnySamples& X, const Array<double>& y, const Array<double>& cost,
                    const Run& run) {
  const auto targets = vector_view(y, "y");
  const auto costs = vector_view(cost, "cost");
  const SvmMonitor watched = monitor(run.on_progress);
  const Released released;
  return svm_regress(X, targets, costs, run.options, run.starts, watched);
}

template <class T>
void bind_dense(py::module_& m) {
  m.def(
      "svm_classify",
      [](const Array<T>& X, const Array<std::int64_t>& labels, const Array<double>& cost,
         const Array<double>& class_weight, SvmScheme scheme, const SvmOptions& options,
         const std::vector<SvmStart>& starts, const py::object& on_progress) {
        return classify(matrix_view(X, "X"), labels, cost, class_weight, scheme,
                        {options, starts, on_progress});
      },
      py::arg("X").noconvert(), py::arg("labels").noconvert(), py::arg("cost").noconvert(),
      py::arg("class_weight").noconvert(), py::arg("scheme"), py::arg("options"), py::arg("starts"),
      py::arg("on_progress"));
  m.def(
      "svm_regress",
      [](const Array<T>& X, const Array<double>& y, const Array<double>& cost,
         const SvmOptions& options, const std::vector<SvmStart>& starts,
         const py::object& on_progress) {
        return regress(matrix_view(X, "X"), y, cost, {options, starts, on_progress});
      },
      py::arg("X").noconvert(), py::arg("y").noconvert(), py::arg("cost").noconvert(),
      py::arg("options"), py::arg("starts"), py::arg("on_progress"));
}

template <class T, class Index>
void bind_csr(py::module_& m) {
  m.def(
      "svm_classify_csr",
      [](const Array<T>& data, const Array<Index>& indices, const Array<Index>& indptr,
         std::size_t cols, const Array<std::int64_t>& labels, const Array<double>& cost,
         const Array<double>& class_weight, SvmScheme scheme, const SvmOptions& options,
         const std::vector<SvmStart>& starts, const py::object& on_progress) {
        return classify(csr_view(data, indices, indptr, cols), labels, cost, class_weight, scheme,
                        {options, starts, on_progress});
      },
      py::arg("data").noconvert(), py::arg("indices").noconvert(), py::arg("indptr").noconvert(),
      py::arg("n_columns"), py::arg("labels").noconvert(), py::arg("cost").noconvert(),
      py::arg("class_weight").noconvert(), py::arg("scheme"), py::arg("options"), py::arg("starts"),
      py::arg("on_progress"));
  m.def(
      "svm_regress_csr",
      [](const Array<T>& data, const Array<Index>& indices, const Array<Index>& indptr,
         std::size_t cols, const Array<double>& y, const Array<double>& cost,
         const SvmOptions& options, const std::vector<SvmStart>& starts,
         const py::object& on_progress) {
        return regress(csr_view(data, indices, indptr, cols), y, cost,
                       {options, starts, on_progress});
      },
      py::arg("data").noconvert(), py::arg("indices").noconvert(), py::arg("indptr").noconvert(),
      py::arg("n_columns"), py::arg("y").noconvert(), py::arg("cost").noconvert(),
      py::arg("options"), py::arg("starts"), py::arg("on_progress"));
}

// A copy of a result as a NumPy array.
template <class T>
py::array_t<T> array(const std::vector<T>& values) {
  return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

void bind_types(py::module_& m) {
  py::native_enum<SvmLoss>(m, "SvmLoss", "enum.Enum")
      .value("hinge", SvmLoss::hinge)
      .value("squared_hinge", SvmLoss::squared_hinge)
      .value("epsilon_insensitive", SvmLoss::epsilon_insensitive)
      .value("squared_epsilon_insensitive", SvmLoss::squared_epsilon_insensitive)
      .finalize();
  py::native_enum<SvmScheme>(m, "SvmScheme", "enum.Enum")
      .value("ovr", SvmScheme::one_vs_rest)
      .value("ovo", SvmScheme::one_vs_one)
      .finalize();
  py::native_enum<SvmSolver>(m, "SvmSolver", "enum.Enum")
      .value("auto", SvmSolver::automatic)
      .value("smo", SvmSolver::smo)
      .value("newton", SvmSolver::newton)
      .value("dcd", SvmSolver::dcd)
      .finalize();
  py::class_<SvmOptions>(m, "SvmOptions")
      .def(py::init<>())
      .def_readwrite("solver", &SvmOptions::solver)
      .def_readwrite("loss", &SvmOptions::loss)
      .def_readwrite("epsilon", &SvmOptions::epsilon)
      .def_readwrite("fit_intercept", &SvmOptions::fit_intercept)
      .def_readwrite("tol", &SvmOptions::tol)
      .def_readwrite("max_iter", &SvmOptions::max_iter)
      .def_readwrite("n_threads", &SvmOptions::n_threads);
  py::class_<SvmStart>(m, "SvmStart")
      .def(py::init([](const Array<double>& w, double b, const Array<double>& beta) {
             const auto coef = vector_view(w, "w");
             const auto dual = vector_view(beta, "beta");
             return SvmStart{
                 .w = {coef.begin(), coef.end()}, .b = b, .beta = {dual.begin(), dual.end()}};
           }),
           py::arg("w"), py::arg("b"), py::arg("beta"));
  py::class_<SvmSolution>(m, "SvmSolution")
      .def_property_readonly("w", [](const SvmSolution& s) { return array(s.w); })
      .def_readonly("b", &SvmSolution::b)
      .def_readonly("solver", &SvmSolution::solver)
      .def_property_readonly(
          "support",
          [](const SvmSolution& s) {
            return array(std::vector<std::int64_t>(s.support.begin(), s.support.end()));
          })
      .def_property_readonly("beta", [](const SvmSolution& s) { return array(s.beta); })
      .def_readonly("primal", &SvmSolution::primal)
      .def_readonly("dual", &SvmSolution::dual)
      .def_readonly("gap", &SvmSolution::gap)
      .def_readonly("iterations", &SvmSolution::iterations)
      .def_readonly("converged", &SvmSolution::converged)
      .def_readonly("exhausted", &SvmSolution::exhausted);
}

}  // namespace

void bind_svm(py::module_& m) {
  bind_types(m);
  bind_dense<float>(m);
  bind_dense<double>(m);
  bind_csr<float, std::int32_t>(m);
  bind_csr<float, std::int64_t>(m);
  bind_csr<double, std::int32_t>(m);
  bind_csr<double, std::int64_t>(m);
}

}  // namespace slimline::bindings
