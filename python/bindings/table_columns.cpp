#include "table_columns.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "slimline/error.hpp"
#include "texts.hpp"

namespace slimline::bindings {
namespace {

using table::NumberArray;
using table::NumberType;

NumberType number_type(const py::dtype& dtype) {
  const bool native = dtype.byteorder() == '=' || dtype.byteorder() == '|';
  const char kind = native ? dtype.kind() : '?';
  const auto size = dtype.itemsize();
  if (kind == 'b') return NumberType::kBool;
  if (kind == 'f' && size == 8) return NumberType::kFloat64;
  if (kind == 'f' && size == 4) return NumberType::kFloat32;
  if (kind == 'i' && size <= 8) {
    return size == 1   ? NumberType::kInt8
           : size == 2 ? NumberType::kInt16
           : size == 4 ? NumberType::kInt32
                       : NumberType::kInt64;
  }
  require(kind == 'u' && size <= 8, "values must be whole numbers, float32, float64 or bools");
  return size == 1   ? NumberType::kUint8
         : size == 2 ? NumberType::kUint16
         : size == 4 ? NumberType::kUint32
                     : NumberType::kUint64;
}

NumberArray number_array(const py::array& values) {
  require(values.ndim() == 1, "values must be a 1-d array");
  return {.type = number_type(values.dtype()),
          .data = values.data(),
          .stride = values.strides(0),
          .rows = static_cast<std::size_t>(values.shape(0))};
}

bool is_frame(const ArrowSchema& schema) { return std::string_view(schema.format) == "+s"; }

}  // namespace

table::Column& TableColumns::at(std::size_t column) {
  require(column < columns_.size(), "column must be below " + std::to_string(columns_.size()) +
                                        ", got " + std::to_string(column));
  return columns_[column];
}

void TableColumns::add_array(std::size_t column, py::array values,
                             const std::optional<Array<bool>>& missing) {
  NumberArray numbers = number_array(values);
  if (missing) {
    require(missing->ndim() == 1 && static_cast<std::size_t>(missing->size()) == numbers.rows,
            "missing must have an entry for each value");
    numbers.missing = reinterpret_cast<const std::uint8_t*>(missing->data());
    owners_.push_back(*missing);
  }
  at(column).add(numbers);
  owners_.push_back(std::move(values));
}

std::vector<table::Cell> TableColumns::cells_of(std::size_t column, py::tuple items) {
  std::vector<table::Cell> cells;
  cells.reserve(items.size());
  for (std::size_t row = 0; row < items.size(); ++row) {
    PyObject* item = PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(row));
    cells.push_back(cell_of(item, column, row, kept_));
  }
  owners_.push_back(std::move(items));
  return cells;
}

void TableColumns::add_cells(std::size_t column, py::tuple items) {
  at(column).add(cells_of(column, std::move(items)));
}

void TableColumns::add_codes(std::size_t column, py::array codes, py::tuple categories) {
  auto dictionary = std::make_shared<table::Column>();
  dictionary->add(cells_of(column, std::move(categories)));
  at(column).add(number_array(codes), std::move(dictionary));
  owners_.push_back(std::move(codes));
}

bool TableColumns::add_arrow(std::size_t column, const py::object& values) {
  auto read = std::make_unique<ArrowColumn>(arrow_column(values));
  if (!table::reads_arrow(read->schema())) return false;
  for (const ArrowArray& chunk : read->chunks()) {
    at(column).add(read->schema(), chunk, 0, static_cast<std::size_t>(chunk.length));
  }
  arrow_.push_back(std::move(read));
  return true;
}

std::vector<std::int64_t> TableColumns::add_arrow_frame(const py::object& frame,
                                                        const std::vector<std::int64_t>& places) {
  auto read = std::make_unique<ArrowColumn>(arrow_column(frame));
  const ArrowSchema& schema = read->schema();
  require(
      is_frame(schema) && static_cast<std::size_t>(schema.n_children) == places.size(),
      "a frame must have a column for each of the " + std::to_string(places.size()) + " places");
  std::vector<std::int64_t> unread;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] < 0) continue;
    if (!table::reads_arrow(*schema.children[i])) {
      unread.push_back(places[i]);
      continue;
    }
    for (const ArrowArray& chunk : read->chunks()) {
      at(static_cast<std::size_t>(places[i]))
          .add(*schema.children[i], *chunk.children[i], static_cast<std::size_t>(chunk.offset),
               static_cast<std::size_t>(chunk.length));
    }
  }
  arrow_.push_back(std::move(read));
  return unread;
}

}  // namespace slimline::bindings
