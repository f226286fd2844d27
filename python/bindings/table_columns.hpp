// Rows of a table from Python: columns read where they lie, and kept while this lives.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cells.hpp"
#include "convert.hpp"
#include "slimline/arrow.hpp"
#include "slimline/table/column.hpp"

namespace slimline::bindings {

class TableColumns {
 public:
  explicit TableColumns(std::size_t n_columns) : columns_(n_columns) {}

  // Numbers or bools of any type of the machine's byte order; `missing` has true for those that
  // are, or is None.
  void add_array(std::size_t column, py::array values, const std::optional<Array<bool>>& missing);
  // Values of mixed kinds: see cell_of.
  void add_cells(std::size_t column, py::tuple items);
  // Codes, of which < 0 is missing, and what they stand for.
  void add_codes(std::size_t column, py::array codes, py::tuple categories);
  // What gives the Arrow C interface. False where its type is one that the core does not read.
  bool add_arrow(std::size_t column, const py::object& values);
  // The same for the columns of a frame, by place; places[i] is where column i of the frame goes,
  // or -1. Returns the places of those that are not read.
  std::vector<std::int64_t> add_arrow_frame(const py::object& frame,
                                            const std::vector<std::int64_t>& places);

  std::span<const table::Column> view() const { return columns_; }

 private:
  table::Column& at(std::size_t column);
  std::vector<table::Cell> cells_of(std::size_t column, py::tuple items);

  std::vector<table::Column> columns_;
  std::vector<py::object> owners_;
  Kept kept_;
  std::vector<std::unique_ptr<ArrowColumn>> arrow_;
};

}  // namespace slimline::bindings
