#include "table_row.hpp"

#include <utility>

#include "slimline/error.hpp"

namespace slimline::bindings {

using table::Cell;

TableRow::TableRow(std::shared_ptr<const TableStack> stack, const std::vector<std::string>& names,
                   table::CsvFormat format)
    : stack_(std::move(stack)),
      csv_(stack_->encoder(), std::move(format)),
      reads_(stack_->encoder().reads()),
      cells_(stack_->encoder().n_columns()),
      outputs_(static_cast<py::ssize_t>(stack_->n_outputs())) {
  require(names.empty() || names.size() == cells_.size(), "names must be one for each column");
  for (const std::string& name : names) {
    PyObject* text = py::str(name).release().ptr();
    PyUnicode_InternInPlace(&text);  // so that dicts compare keys by identity
    names_.push_back(py::reinterpret_steal<py::object>(text));
  }
}

Array<float> TableRow::outputs(py::handle row) {
  const auto n = static_cast<std::size_t>(outputs_.size());
  stack_->forward(cells(row), {outputs_.mutable_data(), n});
  return outputs_;
}

std::int64_t TableRow::winner(py::handle row) { return stack_->winner(cells(row)); }

std::span<const Cell> TableRow::cells(py::handle row) {
  PyObject* const o = row.ptr();
  kept_.clear();
  if (PyDict_Check(o)) {
    read_dict(o);
  } else if (PyUnicode_Check(o) && cells_.size() > 1) {
    Py_ssize_t n = 0;
    const char* text = PyUnicode_AsUTF8AndSize(o, &n);
    if (text == nullptr) throw py::error_already_set();
    return csv_.read({text, static_cast<std::size_t>(n)});
  } else if (PyUnicode_Check(o)) {
    read_items(&o, 1);
  } else if (PyTuple_Check(o) || PyList_Check(o)) {
    read_items(PySequence_Fast_ITEMS(o), static_cast<std::size_t>(PySequence_Fast_GET_SIZE(o)));
  } else if (py::isinstance<py::array>(row)) {
    read_array(py::reinterpret_borrow<py::array>(row));
  } else {
    throw py::type_error("row must be a dict, a list, a tuple, an array or a line of CSV, got " +
                         std::string(Py_TYPE(o)->tp_name));
  }
  return cells_;
}

void TableRow::read_dict(PyObject* row) {
  if (names_.empty()) {
    throw py::type_error("row must be a list, a tuple or an array: the columns have no names");
  }
  for (const std::uint32_t i : reads_) {
    PyObject* item = PyDict_GetItemWithError(row, names_[i].ptr());
    if (item == nullptr) {
      if (PyErr_Occurred() != nullptr) throw py::error_already_set();
      raise_cell_error("absent", i, 0, py::none());
    }
    cells_[i] = cell_of(item, i, 0, kept_);
  }
}

void TableRow::check_count(std::size_t n) const {
  if (n != cells_.size()) raise_cell_error("number of cells", 0, 0, py::int_(n));
}

void TableRow::read_items(PyObject* const* items, std::size_t n) {
  check_count(n);
  for (const std::uint32_t i : reads_) cells_[i] = cell_of(items[i], i, 0, kept_);
}

void TableRow::read_array(const py::array& row) {
  if (!py::isinstance<Array<double>>(row)) {
    const py::object items = row.attr("tolist")();
    if (!PyList_Check(items.ptr())) throw py::type_error("row must be a 1-d array");
    kept_.push_back(items);  // cells point to its texts
    read_items(PySequence_Fast_ITEMS(items.ptr()),
               static_cast<std::size_t>(PySequence_Fast_GET_SIZE(items.ptr())));
    return;
  }
  const auto numbers = vector_view(py::reinterpret_borrow<Array<double>>(row), "row");
  check_count(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) cells_[i] = Cell::of_number(numbers[i]);
}

}  // namespace slimline::bindings
