#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "first_layer.hpp"
#include "released.hpp"
#include "table_columns.hpp"
#include "table_row.hpp"

namespace slimline::bindings {
namespace {

using table::Encoder;

template <class T>
std::vector<T> vector_of(const Array<T>& array, const char* name) {
  const auto view = vector_view(array, name);
  return {view.begin(), view.end()};
}

table::ColumnKind kind_of(const std::string& name) {
  if (name == "number") return table::ColumnKind::kNumber;
  if (name == "category") return table::ColumnKind::kCategory;
  require(name == "text", "kind must be number, category or text");
  return table::ColumnKind::kText;
}

Encoder encoder_of(const std::vector<std::string>& kinds) {
  std::vector<table::ColumnKind> all;
  for (const std::string& kind : kinds) all.push_back(kind_of(kind));
  return Encoder(std::move(all));
}

std::vector<double> entries_of(const Array<double>& array) {
  return {array.data(), array.data() + array.size()};
}

// A step as Python gives it: the name of what is done, and its parameters.
using NamedStep = std::pair<std::string, std::vector<Array<double>>>;

table::Steps steps_of(const std::vector<NamedStep>& named, std::size_t n_columns) {
  std::vector<table::Step> steps;
  for (const auto& [name, parameters] : named) {
    table::Step step{table::op_of(name), {}, {}};
    require(parameters.size() == table::parameter_count(step.op),
            "a step has another number of parameters");
    if (!parameters.empty()) step.a = entries_of(parameters[0]);
    if (parameters.size() > 1) step.b = entries_of(parameters[1]);
    steps.push_back(std::move(step));
  }
  return {std::move(steps), n_columns};
}

// Keys of texts are bytes and their offsets.
using TextKeys = std::pair<Array<std::uint8_t>, Array<std::uint32_t>>;
using AnyKeys = std::variant<TextKeys, Array<std::int64_t>, Array<double>, Array<bool>>;

table::Keys keys_of(const AnyKeys& keys) {
  if (const auto* texts = std::get_if<TextKeys>(&keys)) {
    const auto bytes = vector_view(texts->first, "keys");
    const std::string_view blob(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return table::Keys::of_texts(blob, vector_view(texts->second, "offsets"));
  }
  if (const auto* integers = std::get_if<Array<std::int64_t>>(&keys)) {
    return table::Keys::of_integers(vector_view(*integers, "keys"));
  }
  if (const auto* numbers = std::get_if<Array<double>>(&keys)) {
    return table::Keys::of_numbers(vector_view(*numbers, "keys"));
  }
  const auto bools = vector_view(std::get<Array<bool>>(keys), "keys");
  return table::Keys::of_bools({reinterpret_cast<const std::uint8_t*>(bools.data()), bools.size()});
}

void add_missing(Encoder& encoder, const Array<std::uint32_t>& columns,
                 const Array<double>& values) {
  const auto rows = matrix_view(values, "values");
  require(rows.rows() == 2, "values must have two rows");
  encoder.add(table::MissingBlock{vector_of(columns, "columns"),
                                  {rows.row(0), rows.row(0) + rows.cols()},
                                  {rows.row(1), rows.row(1) + rows.cols()}});
}

void add_categories(Encoder& encoder, std::uint32_t column, const AnyKeys& keys,
                    const Array<std::int32_t>& outcomes, std::optional<std::int32_t> unknown,
                    std::optional<std::int32_t> missing, std::int32_t n_outcomes,
                    const std::optional<Array<double>>& values) {
  require(n_outcomes >= 0, "n_outcomes must not be negative");
  table::CategoriesBlock block{
      column, table::Outcomes(keys_of(keys), vector_of(outcomes, "outcomes"), unknown, missing,
                              n_outcomes)};
  if (values) {
    const auto rows = matrix_view(*values, "values");
    require(rows.cols() > 0, "values must have columns");
    block.width = rows.cols();
    block.values.assign(rows.data(), rows.data() + values->size());
  }
  encoder.add(std::move(block));
}

void add_bins(Encoder& encoder, const Array<std::uint32_t>& columns,
              const std::vector<NamedStep>& steps, const Array<double>& edges,
              const Array<std::uint32_t>& starts, bool one_hot) {
  encoder.add(table::BinsBlock{vector_of(columns, "columns"),
                               steps_of(steps, static_cast<std::size_t>(columns.size())),
                               vector_of(edges, "edges"), vector_of(starts, "starts"), one_hot});
}

void add_polynomial(Encoder& encoder, const Array<std::uint32_t>& columns,
                    const std::vector<NamedStep>& steps, const Array<std::uint8_t>& powers) {
  const auto rows = matrix_view(powers, "powers");
  encoder.add(table::PolynomialBlock{vector_of(columns, "columns"),
                                     steps_of(steps, static_cast<std::size_t>(columns.size())),
                                     {rows.data(), rows.data() + powers.size()},
                                     rows.rows()});
}

template <class Real>
void encode(const Encoder& encoder, const TableColumns& columns, Array<Real>& out, int n_threads) {
  const auto features = mutable_matrix_view(out, "out");
  const Released released;
  encoder.encode(columns.view(), features, n_threads);
}

template <class Real>
py::tuple encode_sparse(const Encoder& encoder, const TableColumns& columns, int n_threads) {
  TermRows<Real> rows = [&] {
    const Released released;
    return encoder.encode_sparse<Real>(columns.view(), n_threads);
  }();
  return csr_arrays(std::move(rows));
}

void bind_columns(py::module_& m) {
  py::class_<TableColumns>(m, "TableColumns")
      .def(py::init<std::size_t>(), py::arg("n_columns"))
      .def("add_array", &TableColumns::add_array, py::arg("column"), py::arg("values"),
           py::arg("missing").noconvert())
      .def("add_cells", &TableColumns::add_cells, py::arg("column"), py::arg("items"))
      .def("add_codes", &TableColumns::add_codes, py::arg("column"), py::arg("codes"),
           py::arg("categories"))
      .def("add_arrow", &TableColumns::add_arrow, py::arg("column"), py::arg("values"))
      .def("add_arrow_frame", &TableColumns::add_arrow_frame, py::arg("frame"), py::arg("places"));
}

void bind_encoder(py::module_& m) {
  py::class_<Encoder, std::shared_ptr<Encoder>>(m, "TableEncoder")
      .def(py::init(&encoder_of), py::arg("kinds"))
      .def_property_readonly("n_features", &Encoder::n_features)
      .def(
          "add_numbers",
          [](Encoder& self, const Array<std::uint32_t>& columns,
             const std::vector<NamedStep>& steps) {
            const auto n = static_cast<std::size_t>(columns.size());
            self.add(table::NumbersBlock{vector_of(columns, "columns"), steps_of(steps, n)});
          },
          py::arg("columns").noconvert(), py::arg("steps"))
      .def("add_missing", &add_missing, py::arg("columns").noconvert(),
           py::arg("values").noconvert())
      .def("add_categories", &add_categories, py::arg("column"), py::arg("keys"),
           py::arg("outcomes").noconvert(), py::arg("unknown"), py::arg("missing"),
           py::arg("n_outcomes"), py::arg("values").noconvert())
      .def("add_bins", &add_bins, py::arg("columns").noconvert(), py::arg("steps"),
           py::arg("edges").noconvert(), py::arg("starts").noconvert(), py::arg("one_hot"))
      .def("add_polynomial", &add_polynomial, py::arg("columns").noconvert(), py::arg("steps"),
           py::arg("powers").noconvert())
      .def("encode", &encode<float>, py::arg("columns"), py::arg("out").noconvert(),
           py::arg("n_threads"))
      .def("encode", &encode<double>, py::arg("columns"), py::arg("out").noconvert(),
           py::arg("n_threads"))
      .def("encode_sparse", &encode_sparse<float>, py::arg("columns"), py::arg("n_threads"))
      .def("encode_sparse_double", &encode_sparse<double>, py::arg("columns"), py::arg("n_threads"))
      .def(
          "count_unknown",
          [](const Encoder& self, const TableColumns& columns, int n_threads) {
            const Released released;
            return self.count_unknown(columns.view(), n_threads);
          },
          py::arg("columns"), py::arg("n_threads"));
}

std::shared_ptr<TableStack> fused_table_stack(std::shared_ptr<Encoder> encoder,
                                              const Array<float>& weight, const Array<float>& bias,
                                              std::string activation,
                                              const std::optional<Array<std::int32_t>>& selected,
                                              const std::optional<Array<double>>& offset,
                                              const std::optional<Array<float>>& scale,
                                              std::shared_ptr<Stack> rest) {
  const FirstLayer first =
      first_layer(weight, bias, std::move(activation), selected, offset, scale);
  return std::make_shared<TableStack>(std::move(encoder), first, std::move(rest));
}

void bind_stack(py::module_& m) {
  m.def("fused_table_stack", &fused_table_stack, py::arg("encoder"), py::arg("weight").noconvert(),
        py::arg("bias").noconvert(), py::arg("activation"), py::arg("selected"), py::arg("offset"),
        py::arg("scale"), py::arg("rest"));
  py::class_<TableStack, std::shared_ptr<TableStack>> stack(m, "TableStack");
  stack.def(py::init([](std::shared_ptr<Encoder> encoder, std::shared_ptr<Stack> layers) {
              return std::make_shared<TableStack>(std::move(encoder), std::move(layers));
            }),
            py::arg("encoder"), py::arg("stack"));
  bind_outputs<TableColumns>(stack, "columns",
                             [](const TableColumns& rows) { return rows.view(); });
}

void bind_row(py::module_& m) {
  py::class_<TableRow>(m, "TableRow")
      .def(py::init([](std::shared_ptr<TableStack> stack, const std::vector<std::string>& names,
                       const std::string& separator, std::vector<std::string> missing_marks) {
             require(separator.size() == 1, "separator must be one character");
             table::CsvFormat format{separator[0], std::move(missing_marks)};
             return std::make_unique<TableRow>(std::move(stack), names, std::move(format));
           }),
           py::arg("stack"), py::arg("names"), py::arg("separator"), py::arg("missing_marks"))
      .def("outputs", &TableRow::outputs, py::arg("row"))
      .def("winner", &TableRow::winner, py::arg("row"));
}

}  // namespace

void bind_tables(py::module_& m) {
  bind_cell_errors(m);
  bind_columns(m);
  bind_encoder(m);
  bind_stack(m);
  bind_row(m);
}

}  // namespace slimline::bindings
