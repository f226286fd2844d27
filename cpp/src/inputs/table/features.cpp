#include "inputs/table/features.hpp"

#include <algorithm>
#include <cmath>

namespace slimline::table {
namespace {

[[noreturn]] void refuse(std::uint32_t column, std::size_t i, const Chunk& chunk) {
  const Cell cell = Cell::of_number(chunk.numbers(column)[i]);
  const bool missing = cell.kind == CellKind::kMissing;
  throw CellError(missing ? Problem::kMissing : Problem::kNotFinite, column, chunk.first + i, cell);
}

}  // namespace

void require_present(std::uint32_t column, const Chunk& chunk) {
  const double* x = chunk.numbers(column);
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    if (std::isnan(x[i])) refuse(column, i, chunk);
  }
}

void step_numbers(std::uint32_t column, const Steps& steps, std::size_t j, const Chunk& chunk,
                  double* out) {
  std::copy_n(chunk.numbers(column), chunk.rows, out);
  steps.apply(j, {out, chunk.rows});
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    if (!std::isfinite(out[i])) refuse(column, i, chunk);
  }
}

void find_bins(const BinsBlock& block, std::size_t j, const Chunk& chunk, std::int32_t* out) {
  double numbers[kRowChunk];
  step_numbers(block.columns[j], block.steps, j, chunk, numbers);
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    out[i] = static_cast<std::int32_t>(block.bin(j, numbers[i]));
  }
}

void multiply_powers(const PolynomialBlock& block, std::size_t k, const Chunk& chunk,
                     const double* numbers, double* out) {
  const std::size_t d = block.columns.size();
  const std::uint8_t* powers = block.powers.data() + k * d;
  std::fill_n(out, chunk.rows, 1.0);
  std::size_t first = 0;
  for (std::size_t j = d; j-- > 0;) {
    if (powers[j] > 0) first = j;
    const double* x = numbers + j * chunk.rows;
    for (std::uint8_t power = 0; power < powers[j]; ++power) {
      for (std::size_t i = 0; i < chunk.rows; ++i) out[i] *= x[i];
    }
  }
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    if (!std::isfinite(out[i])) refuse(block.columns[first], i, chunk);
  }
}

}  // namespace slimline::table
