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

// Of types that are rare in rows.
Cell other_cell(PyObject* item, std::size_t column, std::size_t row) {
  const PyTypeObject* type = Py_TYPE(item);
  const std::string_view full_name = type->tp_name;
  const std::string_view name = full_name.substr(full_name.rfind('.') + 1);
  if (is_one_of(name, {"NAType", "NaTType"})) return {};
  if (is_one_of(full_name, {"numpy.bool", "numpy.bool_"})) {
    return Cell::of_bool(PyObject_IsTrue(item) == 1);
  }
  const bool is_number = type->tp_as_number != nullptr &&
                         (type->tp_as_number->nb_float != nullptr || PyIndex_Check(item) != 0);
  if (!is_number || is_one_of(name, {"datetime64", "timedelta64", "ndarray"})) {
    raise_cell_error("object", column, row, item);
  }
  PyObject* number = PyIndex_Check(item) != 0 ? PyNumber_Index(item) : PyNumber_Float(item);
  if (number == nullptr) {
    PyErr_Clear();
    raise_cell_error("object", column, row, item);
  }
  const py::object owner = py::reinterpret_steal<py::object>(number);
  return PyLong_Check(number) ? integer_cell(number) : Cell::of_number(PyFloat_AS_DOUBLE(number));
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
  return other_cell(item, column, row);
}

}  // namespace slimline::bindings
