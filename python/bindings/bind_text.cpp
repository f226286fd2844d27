#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "convert.hpp"
#include "released.hpp"
#include "slimline/text/term_counts.hpp"
#include "slimline/text/vectorize.hpp"
#include "texts.hpp"

namespace slimline::bindings {
namespace {

template <class T>
py::array_t<T> copied_array(std::span<const T> values) {
  return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

// How values are made, in the type of the arrays.
struct Weighting {
  bool binary = false;
  bool sublinear = false;
  py::object log_counts;
  py::object idf;
  Norm norm = Norm::kNone;
};

template <class T>
std::span<const T> values_of(const py::object& array, const char* name) {
  if (array.is_none()) return {};
  require(py::isinstance<Array<T>>(array), std::string(name) + " must be an array of the dtype");
  return vector_view(Array<T>(array), name);
}

template <class T>
TermWeights<T> weights_of(const Weighting& w, std::size_t n_columns) {
  const auto idf = values_of<T>(w.idf, "idf");
  require(idf.empty() || idf.size() == n_columns, "idf must have an entry for each column");
  return {w.binary, w.sublinear, values_of<T>(w.log_counts, "log_counts"), idf, w.norm};
}

template <class T>
py::tuple vectorized(const TextAnalyzer& analyzer, TermColumns columns, std::size_t n_columns,
                     const Texts& texts, const Weighting& weighting, int n_threads) {
  const TermWeights<T> weights = weights_of<T>(weighting, n_columns);
  TermRows<T> rows = [&] {
    const Released released;
    return vectorize<T>(analyzer, columns, texts.views(), weights, n_threads);
  }();
  return csr_arrays(std::move(rows));
}

// Calls f(T()) for the type of the values.
template <class F>
auto with_dtype(const std::string& dtype, const F& f) {
  if (dtype == "float64") return f(double{});
  if (dtype == "float32") return f(float{});
  require(dtype == "int64", "dtype must be float64, float32 or int64");
  return f(std::int64_t{});
}

std::vector<std::uint32_t> all_ids(const Array<std::uint32_t>& ids, const TermCounts& counts) {
  const auto view = vector_view(ids, "ids");
  for (const std::uint32_t id : view) {
    require(id < counts.terms().size(), "ids must be numbers of terms");
  }
  return {view.begin(), view.end()};
}

py::str text_of(std::string_view text) { return {text.data(), text.size()}; }

py::list terms_of(const Vocabulary& vocabulary) {
  py::list terms(vocabulary.size());
  for (std::size_t i = 0; i < vocabulary.size(); ++i) terms[i] = text_of(vocabulary.term(i));
  return terms;
}

py::tuple vocabulary_state(const Vocabulary& v) {
  const std::string_view blob = v.blob();
  return py::make_tuple(py::bytes(blob.data(), blob.size()), copied_array(v.offsets()));
}

Vocabulary vocabulary_from(const py::tuple& state) {
  const auto blob = state[0].cast<std::string>();
  const auto offsets = state[1].cast<Array<std::uint32_t>>();
  return {blob, vector_view(offsets, "offsets")};
}

py::tuple tallies_of(const TermCounts& counts, std::span<const std::uint32_t> ids) {
  py::array_t<std::int64_t> texts(static_cast<py::ssize_t>(ids.size()));
  py::array_t<std::int64_t> occurrences(static_cast<py::ssize_t>(ids.size()));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const TermTally& tally = counts.tally(ids[i]);
    texts.mutable_data()[i] = static_cast<std::int64_t>(tally.n_texts);
    occurrences.mutable_data()[i] = static_cast<std::int64_t>(tally.n_occurrences);
  }
  return py::make_tuple(texts, occurrences);
}

py::tuple counts_state(const TermCounts& counts) {
  std::vector<std::uint32_t> ids(counts.terms().size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::uint32_t>(i);
  return py::make_tuple(vocabulary_state(counts.terms()), tallies_of(counts, ids),
                        counts.n_texts());
}

TermCounts counts_from(const py::tuple& state) {
  const auto tallies = state[1].cast<py::tuple>();
  const auto texts = tallies[0].cast<Array<std::int64_t>>();
  const auto occurrences = tallies[1].cast<Array<std::int64_t>>();
  require(texts.size() == occurrences.size(), "there must be two tallies for each term");
  std::vector<TermTally> all(static_cast<std::size_t>(texts.size()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {static_cast<std::uint64_t>(texts.data()[i]),
              static_cast<std::uint64_t>(occurrences.data()[i])};
  }
  return {vocabulary_from(state[0].cast<py::tuple>()), all, state[2].cast<std::uint64_t>()};
}

void bind_options(py::module_& m) {
  py::native_enum<TermUnit>(m, "TermUnit", "enum.Enum")
      .value("word", TermUnit::kWord)
      .value("char", TermUnit::kChar)
      .value("char_wb", TermUnit::kCharWb)
      .finalize();
  py::native_enum<StripAccents>(m, "StripAccents", "enum.Enum")
      .value("none", StripAccents::kNone)
      .value("ascii", StripAccents::kAscii)
      .value("unicode", StripAccents::kUnicode)
      .finalize();
  py::native_enum<Norm>(m, "Norm", "enum.Enum")
      .value("none", Norm::kNone)
      .value("l1", Norm::kL1)
      .value("l2", Norm::kL2)
      .finalize();
  py::class_<Weighting>(m, "TermWeighting")
      .def(py::init([](bool binary, bool sublinear, const py::object& log_counts,
                       const py::object& idf,
                       Norm norm) { return Weighting{binary, sublinear, log_counts, idf, norm}; }),
           py::arg("binary"), py::arg("sublinear"), py::arg("log_counts"), py::arg("idf"),
           py::arg("norm"));
  m.def(
      "check_token_pattern",
      [](const std::string& pattern) { static_cast<void>(parse_token_pattern(pattern)); },
      py::arg("pattern"));
  m.def("unicode_version", &unicode_version);
}

void bind_analyzer(py::module_& m) {
  py::class_<Texts>(m, "Texts")
      .def(py::init<py::tuple, const py::function&, bool>(), py::arg("items"), py::arg("convert"),
           py::arg("utf8"))
      .def("__len__", &Texts::size);
  m.def(
      "texts_of_column",
      [](const py::object& column, const py::function& convert, bool utf8) {
        return std::make_unique<Texts>(column, convert, utf8);
      },
      py::arg("column"), py::arg("convert"), py::arg("utf8"));
  py::class_<TextAnalyzer>(m, "TextAnalyzer")
      .def(py::init([](TermUnit unit, bool lowercase, StripAccents strip_accents,
                       const std::string& token_pattern, const Texts& stop_words, std::size_t min_n,
                       std::size_t max_n) {
             const auto words = stop_words.views();
             return TextAnalyzer({unit,
                                  lowercase,
                                  strip_accents,
                                  token_pattern,
                                  {words.begin(), words.end()},
                                  min_n,
                                  max_n});
           }),
           py::arg("unit"), py::arg("lowercase"), py::arg("strip_accents"),
           py::arg("token_pattern"), py::arg("stop_words"), py::arg("min_n"), py::arg("max_n"))
      .def(
          "terms",
          [](const TextAnalyzer& analyzer, const Texts& texts, std::size_t row) {
            require(row < texts.size(), "row must be one of the texts");
            py::list terms;
            for (const std::string& term : analyzer.terms(texts.views()[row])) {
              terms.append(text_of(term));
            }
            return terms;
          },
          py::arg("texts"), py::arg("row"))
      .def(
          "prepared",
          [](const TextAnalyzer& analyzer, const Texts& texts, std::size_t row) {
            require(row < texts.size(), "row must be one of the texts");
            return text_of(analyzer.prepared(texts.views()[row]));
          },
          py::arg("texts"), py::arg("row"));
}

void bind_vocabulary(py::module_& m) {
  py::class_<Vocabulary, std::shared_ptr<Vocabulary>>(m, "Vocabulary")
      .def(py::init([](const Texts& terms) {
             Vocabulary vocabulary;
             for (const std::string_view term : terms.views()) vocabulary.add(term);
             return vocabulary;
           }),
           py::arg("terms"))
      .def_static(
          "of_bytes",
          [](const Array<std::uint8_t>& bytes, const Array<std::uint32_t>& offsets) {
            const auto view = vector_view(bytes, "bytes");
            return Vocabulary({reinterpret_cast<const char*>(view.data()), view.size()},
                              vector_view(offsets, "offsets"));
          },
          py::arg("utf8").noconvert(), py::arg("offsets").noconvert())
      .def("__len__", &Vocabulary::size)
      .def("terms", &terms_of)
      .def("is_ascending", &is_ascending)
      .def("memory", &Vocabulary::memory)
      .def(py::pickle(&vocabulary_state, &vocabulary_from));
}

void bind_counts(py::module_& m) {
  py::class_<CountedRows>(m, "CountedRows").def(py::init<>());
  py::class_<TermCounts>(m, "TermCounts")
      .def(py::init<>())
      .def(
          "add",
          [](TermCounts& counts, const TextAnalyzer& analyzer, const Texts& texts,
             CountedRows* rows, int n_threads) {
            const Released released;
            counts.add(analyzer, texts.views(), n_threads, rows);
          },
          py::arg("analyzer"), py::arg("texts"), py::arg("rows").none(true), py::arg("n_threads"))
      .def(
          "merge",
          [](TermCounts& counts, const TermCounts& other) {
            const Released released;
            counts.merge(other);
          },
          py::arg("other"))
      .def_property_readonly("n_texts", &TermCounts::n_texts)
      .def("__len__", [](const TermCounts& counts) { return counts.terms().size(); })
      .def(
          "select",
          [](const TermCounts& counts, std::uint64_t min_texts, std::uint64_t max_texts,
             std::size_t max_terms, bool by_texts) {
            const auto ids = [&] {
              const Released released;
              return counts.select({min_texts, max_texts, max_terms, by_texts});
            }();
            return copied_array(std::span<const std::uint32_t>(ids));
          },
          py::arg("min_texts"), py::arg("max_texts"), py::arg("max_terms"), py::arg("by_texts"))
      .def(
          "vocabulary",
          [](const TermCounts& counts, const Array<std::uint32_t>& ids) {
            const auto chosen = all_ids(ids, counts);
            const Released released;
            return counts.vocabulary(chosen);
          },
          py::arg("ids").noconvert())
      .def(
          "tallies",
          [](const TermCounts& counts, const Array<std::uint32_t>& ids) {
            return tallies_of(counts, all_ids(ids, counts));
          },
          py::arg("ids").noconvert())
      .def(
          "weigh_rows",
          [](const TermCounts& counts, const CountedRows& rows, const Array<std::uint32_t>& ids,
             const Weighting& weighting, const std::string& dtype, int n_threads) {
            const auto chosen = all_ids(ids, counts);
            return with_dtype(dtype, [&]<class T>(T) {
              const TermWeights<T> weights = weights_of<T>(weighting, chosen.size());
              TermRows<T> weighed = [&] {
                const Released released;
                return weigh_rows<T>(rows, counts.terms().size(), chosen, weights, n_threads);
              }();
              return csr_arrays(std::move(weighed));
            });
          },
          py::arg("rows"), py::arg("ids").noconvert(), py::arg("weighting"), py::arg("dtype"),
          py::arg("n_threads"))
      .def(py::pickle(&counts_state, &counts_from));
}

}  // namespace

void bind_text(py::module_& m) {
  bind_options(m);
  bind_analyzer(m);
  bind_vocabulary(m);
  bind_counts(m);
  m.def(
      "vectorize",
      [](const TextAnalyzer& analyzer, const Vocabulary& vocabulary, const Texts& texts,
         const Weighting& weighting, const std::string& dtype, int n_threads) {
        return with_dtype(dtype, [&]<class T>(T) {
          return vectorized<T>(analyzer, &vocabulary, vocabulary.size(), texts, weighting,
                               n_threads);
        });
      },
      py::arg("analyzer"), py::arg("vocabulary"), py::arg("texts"), py::arg("weighting"),
      py::arg("dtype"), py::arg("n_threads"));
  m.def(
      "vectorize_hashed",
      [](const TextAnalyzer& analyzer, std::uint32_t n_columns, bool alternate_sign,
         const Texts& texts, const Weighting& weighting, const std::string& dtype, int n_threads) {
        return with_dtype(dtype, [&]<class T>(T) {
          return vectorized<T>(analyzer, TermHashing{n_columns, alternate_sign}, n_columns, texts,
                               weighting, n_threads);
        });
      },
      py::arg("analyzer"), py::arg("n_columns"), py::arg("alternate_sign"), py::arg("texts"),
      py::arg("weighting"), py::arg("dtype"), py::arg("n_threads"));
}

}  // namespace slimline::bindings
