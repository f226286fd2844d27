// The features of the blocks that have numbers, for a chunk of rows: column after column, in
// scratch memory and in float64.
#pragma once

#include "inputs/table/chunk.hpp"

namespace slimline::table {

// Throws CellError where a number is missing.
void require_present(std::uint32_t column, const Chunk& chunk);

// Numbers of column j of a block after its steps; finite. Throws CellError where one is missing or
// what becomes of it is not finite.
void step_numbers(std::uint32_t column, const Steps& steps, std::size_t j, const Chunk& chunk,
                  double* out);

// The bins of column j: whole numbers.
void find_bins(const BinsBlock& block, std::size_t j, const Chunk& chunk, std::int32_t* out);

// The numbers of column j, all columns after their steps, one after the other.
template <class SteppedBlock>
double* stepped_columns(const SteppedBlock& block, const Chunk& chunk, Workspace& workspace) {
  auto* numbers = workspace.take<double>(block.columns.size(), chunk.rows);
  for (std::size_t j = 0; j < block.columns.size(); ++j) {
    step_numbers(block.columns[j], block.steps, j, chunk, numbers + j * chunk.rows);
  }
  return numbers;
}

// Feature k of a block, given its columns after their steps. Throws CellError where it overflows.
void multiply_powers(const PolynomialBlock& block, std::size_t k, const Chunk& chunk,
                     const double* numbers, double* out);

// Where the cells of a column are missing.
template <class Body>
void for_each_mark(const Encoder& encoder, std::uint32_t column, const Chunk& chunk,
                   const Body& body) {
  if (encoder.kinds()[column] == ColumnKind::kNumber) {
    const double* x = chunk.numbers(column);
    for (std::size_t i = 0; i < chunk.rows; ++i) body(i, x[i] != x[i]);
  } else {
    const std::uint8_t* missing = chunk.missing(column);
    for (std::size_t i = 0; i < chunk.rows; ++i) body(i, missing[i] != 0);
  }
}

}  // namespace slimline::table
