// One row of Python at a time, through a predictor of tables.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cells.hpp"
#include "convert.hpp"
#include "slimline/table/csv.hpp"
#include "slimline/table_stack.hpp"

namespace slimline::bindings {

// Rows are dicts by the names of the columns, other keys ignored; tuples, lists or arrays with a
// cell for each column in their order; or, of more than one column, a str: a line of CSV. Of a
// single column a str is the cell. Nothing is allocated from the second row on, but for texts of
// which Python makes UTF-8. Not for several threads at once.
class TableRow {
 public:
  // names: one a column, or none.
  TableRow(std::shared_ptr<const TableStack> stack, const std::vector<std::string>& names,
           table::CsvFormat format);

  // The outputs of a row, in an array that the next call overwrites.
  Array<float> outputs(py::handle row);
  std::int64_t winner(py::handle row);

 private:
  std::span<const table::Cell> cells(py::handle row);
  void check_count(std::size_t n) const;
  void read_dict(PyObject* row);
  void read_items(PyObject* const* items, std::size_t n);
  void read_array(const py::array& row);

  std::shared_ptr<const TableStack> stack_;
  std::vector<py::object> names_;
  table::CsvReader csv_;
  std::vector<std::uint32_t> reads_;
  std::vector<table::Cell> cells_;
  Kept kept_;
  Array<float> outputs_;
};

}  // namespace slimline::bindings
