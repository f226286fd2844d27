#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/partial.hpp"

namespace slimline::bindings {
namespace {

py::array_t<double> array(const std::vector<double>& values) {
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::array_t<double> array(const Matrix<double>& H) {
  return py::array_t<double>({H.rows(), H.cols()}, H.view().data());
}

// Lets f() run without the GIL and returns what it gives as an array.
template <class F>
py::array_t<double> run(F&& f) {
  auto result = [&] {
    const Released released;
    return f();
  }();
  return array(result);
}

// Defines the functions of rows, with names that end in `suffix`; X_args name the arrays of X, and
// `view` makes samples of them.
template <class... X, class View, class... XArgs>
void define(py::module_& m, const std::string& suffix, const View& view, const XArgs&... X_args) {
  m.def(("part_scores" + suffix).c_str(),
        [view](const X&... x, const Array<double>& w, double b, int n_threads) {
          const AnySamples samples = view(x...);
          const auto weights = vector_view(w, "w");
          return run([&] { return part_scores(samples, weights, b, n_threads); });
        },
        X_args..., py::arg("w").noconvert(), py::arg("b"), py::arg("n_threads"));
  m.def(("part_sum" + suffix).c_str(),
        [view](const X&... x, const Array<double>& a, int n_threads) {
          const AnySamples samples = view(x...);
          const auto factors = vector_view(a, "a");
          return run([&] { return part_sum(samples, factors, n_threads); });
        },
        X_args..., py::arg("a").noconvert(), py::arg("n_threads"));
  m.def(("part_hessian" + suffix).c_str(),
        [view](const X&... x, const Array<double>& h, int n_threads) {
          const AnySamples samples = view(x...);
          const auto weights = vector_view(h, "h");
          return run([&] { return part_hessian(samples, weights, n_threads); });
        },
        X_args..., py::arg("h").noconvert(), py::arg("n_threads"));
  m.def(("part_diagonal" + suffix).c_str(),
        [view](const X&... x, const Array<double>& h) {
          const AnySamples samples = view(x...);
          const auto weights = vector_view(h, "h");
          return run([&] { return part_diagonal(samples, weights); });
        },
        X_args..., py::arg("h").noconvert());
}

template <class T>
void define_dense(py::module_& m) {
  define<Array<T>>(
      m, "", [](const Array<T>& X) -> AnySamples { return matrix_view(X, "X"); },
      py::arg("X").noconvert());
}

template <class T, class Index>
void define_csr(py::module_& m) {
  define<Array<T>, Array<Index>, Array<Index>, std::size_t>(
      m, "_csr",
      [](const Array<T>& data, const Array<Index>& indices, const Array<Index>& indptr,
         std::size_t cols) -> AnySamples { return csr_view(data, indices, indptr, cols); },
      py::arg("data").noconvert(), py::arg("indices").noconvert(), py::arg("indptr").noconvert(),
      py::arg("n_columns"));
}

PartLoss loss_of(const std::string& name, double epsilon, double sigma, const Array<double>& beta) {
  return {.name = name, .epsilon = epsilon, .sigma = sigma, .beta = vector_view(beta, "beta")};
}

struct Rows {
  std::span<const double> y;
  std::span<const double> cost;
  std::span<const double> scores;
};

void define_terms(py::module_& m) {
  m.def(
      "part_terms",
      [](const std::string& name, double epsilon, double sigma, const Array<double>& beta,
         const Array<double>& y, const Array<double>& cost, const Array<double>& scores) {
        const PartLoss loss = loss_of(name, epsilon, sigma, beta);
        const Rows rows{vector_view(y, "y"), vector_view(cost, "cost"),
                        vector_view(scores, "scores")};
        const PartTerms terms = [&] {
          const Released released;
          return part_terms(loss, rows.y, rows.cost, rows.scores);
        }();
        const PartSums& s = terms.sums;
        const std::vector<double> sums{s.up,        s.down, s.gain_up,
                                       s.gain_down, s.loss, static_cast<double>(s.support)};
        return py::make_tuple(array(terms.beta), array(terms.curvature), array(sums));
      },
      py::arg("loss"), py::arg("epsilon"), py::arg("sigma"), py::arg("beta").noconvert(),
      py::arg("y").noconvert(), py::arg("cost").noconvert(), py::arg("scores").noconvert());
  m.def(
      "part_slopes",
      [](const std::string& name, double epsilon, double sigma, const Array<double>& beta,
         const Array<double>& y, const Array<double>& cost, const Array<double>& scores,
         const Array<double>& step, const Array<double>& lengths) {
        const PartLoss loss = loss_of(name, epsilon, sigma, beta);
        const Rows rows{vector_view(y, "y"), vector_view(cost, "cost"),
                        vector_view(scores, "scores")};
        const auto along = vector_view(step, "step");
        const auto at = vector_view(lengths, "lengths");
        return run([&] { return part_slopes(loss, rows.y, rows.cost, rows.scores, along, at); });
      },
      py::arg("loss"), py::arg("epsilon"), py::arg("sigma"), py::arg("beta").noconvert(),
      py::arg("y").noconvert(), py::arg("cost").noconvert(), py::arg("scores").noconvert(),
      py::arg("step").noconvert(), py::arg("lengths").noconvert());
}

}  // namespace

void bind_partial(py::module_& m) {
  define_terms(m);
  define_dense<float>(m);
  define_dense<double>(m);
  define_csr<float, std::int32_t>(m);
  define_csr<float, std::int64_t>(m);
  define_csr<double, std::int32_t>(m);
  define_csr<double, std::int64_t>(m);
}

}  // namespace slimline::bindings
