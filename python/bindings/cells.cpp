#include "cells.hpp"

#include <pybind11/gil_safe_call_once.h>

#include <array>
#include <limits>

namespace slimline::bindings {
namespace {

using table::Cell;
using table::CellError;
using table::CellKind;

PYBIND11_CONSTINIT py::gil_safe_call_once_and_store<py::object> error_type;

// In the order of table::Problem.
constexpr std::array kProblems = {"text for number", "text for keys", "number for keys", "infinite",
                                  "missing",         "not finite",    "unknown"};

py::object text_object(std::string_view text) {
  const auto n = static_cast<Py_ssize_t>(text.size());
  for (const char* errors : {"surrogatepass", "replace"}) {
    PyObject* decoded = PyUnicode_DecodeUTF8(text.data(), n, errors);
    if (decoded != nullptr) return py::reinterpret_steal<py::object>(decoded);
    PyErr_Clear();
  }
  throw py::error_already_set();
}

py::object object_of(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::kMissing:
      return py::none();
    case CellKind::kInteger:
      return py::int_(cell.integer);
    case CellKind::kBool:
      return py::bool_(cell.integer != 0);
    case CellKind::kText:
      return text_object(cell.text);
    default:
      return py::float_(cell.number);
  }
}

void set_error(const char* problem, std::size_t column, std::size_t row, py::handle value) {
  const py::tuple arguments = py::make_tuple(problem, column, row, value);
  PyErr_SetObject(error_type.get_stored().ptr(), arguments.ptr());
}

// A lone surrogate is no character: what it becomes equals no text.
std::string_view utf8_of(PyObject* text, Kept& kept) {
  Py_ssize_t n = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text, &n);
  if (data != nullptr) return {data, static_cast<std::size_t>(n)};
  PyErr_Clear();
  PyObject* bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
  if (bytes == nullptr) throw py::error_already_set();
  kept.push_back(py::reinterpret_steal<py::object>(bytes));
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

Cell integer_cell(PyObject* item) {
  int overflow = 0;
  const long long i = PyLong_AsLongLongAndOverflow(item, &overflow);
  if (overflow == 0) return Cell::of_integer(i);
  double rounded = PyLong_AsDouble(item);
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    rounded = overflow * std::numeric_limits<double>::infinity();
  }
  return {CellKind::kBeyond, rounded, 0, {}};
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view each : names) {
    if (name == each) return true;
  }
  return false;
}

// A class written in Python, whose name does not tell its module.
bool is_fraction(PyObject* item) {
  const py::handle type(reinterpret_cast<PyObject*>(Py_TYPE(item)));
  return std::string_view(Py_TYPE(item)->tp_name) == "Fraction" &&
         py::str("fractions").equal(type.attr("__module__"));
}

// Of types that are rare in rows: the missing cells of pandas, numpy's scalars, Decimal, Fraction.
Cell other_cell(PyObject* item, std::size_t column, std::size_t row, Kept& kept) {
  const std::string_view full_name = Py_TYPE(item)->tp_name;
  const std::string_view name = full_name.substr(full_name.rfind('.') + 1);
  if (is_one_of(name, {"NAType", "NaTType"})) return {};
  const bool is_array = full_name == "numpy.ndarray";
  const bool is_scalar = full_name.starts_with("numpy.") && py::hasattr(item, "item");
  if (is_array ? py::handle(item).attr("ndim").cast<int>() == 0 : is_scalar) {
    const py::object value = py::handle(item).attr("item")();
    if (Py_TYPE(value.ptr()) != Py_TYPE(item)) {
      kept.push_back(value);
      return cell_of(value.ptr(), column, row, kept);
    }
  }
  if (full_name != "decimal.Decimal" && !is_fraction(item)) {
    raise_cell_error("object", column, row, item);
  }
  const py::object number = py::reinterpret_steal<py::object>(PyNumber_Float(item));
  if (!number) {  // a fraction beyond float64
    PyErr_Clear();
    raise_cell_error("object", column, row, item);
  }
  Cell cell = Cell::of_number(PyFloat_AS_DOUBLE(number.ptr()));
  const bool exact = py::reinterpret_borrow<py::object>(item).equal(number);
  if (cell.kind == CellKind::kNumber && !exact) cell.kind = CellKind::kBeyond;
  return cell;
}

}  // namespace

void bind_cell_errors(py::module_& m) {
  error_type.call_once_and_store_result([&m] {
    return py::reinterpret_steal<py::object>(
        PyErr_NewException("slimline._core.CellError", PyExc_ValueError, nullptr));
  });
  m.attr("CellError") = error_type.get_stored();
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const CellError& error) {
      const auto problem = static_cast<std::size_t>(error.problem());
      set_error(kProblems.at(problem), error.column(), error.row(), object_of(error.cell()));
    }
  });
}

void raise_cell_error(const char* problem, std::size_t column, std::size_t row, py::handle value) {
  set_error(problem, column, row, value);
  throw py::error_already_set();
}

Cell cell_of(PyObject* item, std::size_t column, std::size_t row, Kept& kept) {
  if (PyFloat_Check(item)) return Cell::of_number(PyFloat_AS_DOUBLE(item));
  if (PyUnicode_Check(item)) return Cell::of_text(utf8_of(item, kept));
  if (item == Py_None) return {};
  if (PyBool_Check(item)) return Cell::of_bool(item == Py_True);
  if (PyLong_Check(item)) return integer_cell(item);
  return other_cell(item, column, row, kept);
}

}  // namespace slimline::bindings
