// Values of Python as cells of a table.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "slimline/table/cells.hpp"

namespace slimline::bindings {

namespace py = pybind11;

// Defines _core.CellError, a ValueError with the arguments (problem, column, row, value), which
// table::CellError becomes. The caller, who knows the names of columns, makes words of it.
void bind_cell_errors(py::module_& m);

// Raises _core.CellError for a cell that is no table::Cell or is not there, or for too many or too
// few of them.
[[noreturn]] void raise_cell_error(const char* problem, std::size_t column, std::size_t row,
                                   py::handle value);

// What texts point to that Python does not hold as UTF-8 itself.
using Kept = std::vector<py::object>;

// None, NaN, NaT and pandas' NA are missing. Numbers, bools and texts are those of Python and
// numpy, Decimal and Fraction. Raises _core.CellError with the problem "object" for anything else.
table::Cell cell_of(PyObject* item, std::size_t column, std::size_t row, Kept& kept);

}  // namespace slimline::bindings
