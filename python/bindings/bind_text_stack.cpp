#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "arrays.hpp"
#include "bindings.hpp"
#include "convert.hpp"
#include "first_layer.hpp"
#include "released.hpp"
#include "slimline/text/features.hpp"
#include "text_row.hpp"
#include "texts.hpp"

namespace slimline::bindings {
namespace {

template <class T>
std::vector<T> optional_vector(const std::optional<Array<T>>& array, const char* name) {
  if (!array) return {};
  const auto view = vector_view(*array, name);
  return {view.begin(), view.end()};
}

// Terms are those of a vocabulary, or of n_columns hashed ones where it is None.
std::shared_ptr<TextFeatures> features_of(const TextAnalyzer& analyzer,
                                          std::shared_ptr<Vocabulary> vocabulary,
                                          std::uint32_t n_columns, bool alternate_sign,
                                          const std::optional<Array<std::uint32_t>>& features,
                                          const std::optional<Array<std::uint32_t>>& silent,
                                          const std::optional<Array<double>>& idf, bool binary,
                                          bool sublinear, Norm norm) {
  TextFeatures made{.analyzer = analyzer,
                    .terms = TermHashing{n_columns, alternate_sign},
                    .features = optional_vector(features, "features"),
                    .idf = optional_vector(idf, "idf"),
                    .binary = binary,
                    .sublinear = sublinear,
                    .norm = norm};
  if (silent) made.silent = SilentTerms(optional_vector(silent, "silent"));
  if (vocabulary) made.terms = std::shared_ptr<const Vocabulary>(std::move(vocabulary));
  check_features(made);
  return std::make_shared<TextFeatures>(std::move(made));
}

std::shared_ptr<TextStack> stack_of(std::shared_ptr<TextFeatures> features,
                                    const Array<float>& weight, const Array<float>& bias,
                                    std::string activation,
                                    const std::optional<Array<std::int32_t>>& selected,
                                    const std::optional<Array<double>>& offset,
                                    const std::optional<Array<float>>& scale,
                                    std::shared_ptr<Stack> rest) {
  const FirstLayer first =
      first_layer(weight, bias, std::move(activation), selected, offset, scale);
  const Released released;
  return std::make_shared<TextStack>(std::move(features), first, std::move(rest));
}

}  // namespace

void bind_text_stack(py::module_& m) {
  py::class_<TextFeatures, std::shared_ptr<TextFeatures>>(m, "TextFeatures")
      .def(py::init(&features_of), py::arg("analyzer"), py::arg("vocabulary").none(true),
           py::arg("n_columns"), py::arg("alternate_sign"), py::arg("features").noconvert(),
           py::arg("silent").noconvert(), py::arg("idf").noconvert(), py::arg("binary"),
           py::arg("sublinear"), py::arg("norm"))
      // CSR of all columns, silent ones too: (data, indices, indptr). log_counts: see TermWeights.
      .def(
          "rows",
          [](const TextFeatures& self, const Texts& texts,
             const std::optional<Array<double>>& log_counts, int n_threads) {
            const auto logarithms =
                log_counts ? vector_view(*log_counts, "log_counts") : std::span<const double>();
            TermRows<double> rows = [&] {
              const Released released;
              return vectorize<double>(self.analyzer, self.columns(), texts.views(),
                                       {.binary = self.binary,
                                        .sublinear = self.sublinear,
                                        .log_counts = logarithms,
                                        .idf = self.idf,
                                        .norm = self.norm},
                                       n_threads);
            }();
            return csr_arrays(std::move(rows));
          },
          py::arg("texts"), py::arg("log_counts").noconvert(), py::arg("n_threads"));
  m.def(
      "term_hashes",
      [](const Vocabulary& terms) {
        const auto hashes = term_hashes(terms);
        return Array<std::uint32_t>(static_cast<py::ssize_t>(hashes.size()), hashes.data());
      },
      py::arg("terms"));
  py::class_<TextStack, std::shared_ptr<TextStack>> stack(m, "TextStack");
  stack.def(py::init(&stack_of), py::arg("features"), py::arg("weight").noconvert(),
            py::arg("bias").noconvert(), py::arg("activation"), py::arg("selected").noconvert(),
            py::arg("offset").noconvert(), py::arg("scale").noconvert(),
            py::arg("rest").none(true));
  bind_outputs<Texts>(stack, "texts", [](const Texts& rows) { return rows.views(); });
  py::class_<TextRow>(m, "TextRow")
      .def(py::init<std::shared_ptr<TextStack>, py::function>(), py::arg("stack"),
           py::arg("convert"))
      .def("outputs", &TextRow::outputs, py::arg("text"))
      .def("winner", &TextRow::winner, py::arg("text"));
}

}  // namespace slimline::bindings
