#include "inputs/table/chunk.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "slimline/error.hpp"

namespace slimline::table {
namespace {

double number_in(const Cell& cell, std::size_t column) {
  if (cell.kind == CellKind::kText) throw CellError(Problem::kTextForNumber, column, 0, cell);
  if (std::isinf(cell.number)) throw CellError(Problem::kInfinite, column, 0, cell);
  return cell.number;
}

}  // namespace

ChunkReader::ChunkReader(const Encoder& encoder)
    : encoder_(encoder),
      number_slots_(encoder.n_columns()),
      missing_slots_(encoder.n_columns()),
      outcome_slots_(encoder.blocks().size()) {
  std::vector<bool> seen(encoder.n_columns());
  for (std::uint32_t b = 0; b < encoder.blocks().size(); ++b) {
    const Block& block = encoder.blocks()[b];
    if (std::holds_alternative<CategoriesBlock>(block)) {
      outcome_slots_[b] = static_cast<std::uint32_t>(category_blocks_.size());
      category_blocks_.push_back(b);
      continue;
    }
    for (const std::uint32_t column : columns_of(block)) {
      if (seen[column]) continue;
      seen[column] = true;
      const bool is_number = encoder.kinds()[column] == ColumnKind::kNumber;
      auto& slots = is_number ? number_slots_ : missing_slots_;
      auto& columns = is_number ? number_columns_ : missing_columns_;
      slots[column] = static_cast<std::uint32_t>(columns.size());
      columns.push_back(column);
    }
  }
}

std::size_t ChunkReader::row_chunk() const {
  constexpr std::size_t kChunkValues = std::size_t{1} << 20U;
  const std::size_t width =
      number_columns_.size() + missing_columns_.size() + category_blocks_.size() + 1;
  return std::clamp<std::size_t>(kChunkValues / width, 1, kRowChunk);
}

Chunk ChunkReader::allocate(std::size_t rows, Workspace& workspace) const {
  Chunk chunk;
  chunk.rows = rows;
  chunk.numbers_ = workspace.take<double>(number_columns_.size(), rows);
  chunk.missing_ = workspace.take<std::uint8_t>(missing_columns_.size(), rows);
  chunk.outcomes_ = workspace.take<std::int32_t>(category_blocks_.size(), rows);
  chunk.number_slots_ = number_slots_.data();
  chunk.missing_slots_ = missing_slots_.data();
  chunk.outcome_slots_ = outcome_slots_.data();
  return chunk;
}

Chunk ChunkReader::read(const TableReader& table, std::size_t begin, std::size_t end,
                        Workspace& workspace) const {
  Chunk chunk = allocate(end - begin, workspace);
  chunk.first = begin;
  for (const std::uint32_t column : number_columns_) {
    table.column(column).read_numbers(column, begin, end, chunk.numbers(column));
  }
  for (const std::uint32_t column : missing_columns_) {
    table.column(column).read_missing(begin, end, chunk.missing(column));
  }
  for (const std::uint32_t b : category_blocks_) {
    const std::uint32_t column = std::get<CategoriesBlock>(encoder_.blocks()[b]).column;
    table.categories(b)->read(column, begin, end, chunk.outcomes(b));
  }
  return chunk;
}

Chunk ChunkReader::read(std::span<const Cell> cells, Workspace& workspace) const {
  const Chunk chunk = allocate(1, workspace);
  for (const std::uint32_t column : number_columns_) {
    *chunk.numbers(column) = number_in(cells[column], column);
  }
  for (const std::uint32_t column : missing_columns_) {
    *chunk.missing(column) = cells[column].kind == CellKind::kMissing ? 1 : 0;
  }
  for (const std::uint32_t b : category_blocks_) {
    const auto& block = std::get<CategoriesBlock>(encoder_.blocks()[b]);
    const bool is_number = encoder_.kinds()[block.column] == ColumnKind::kNumber;
    const Cell cell = is_number ? Cell::of_number(number_in(cells[block.column], block.column))
                                : cells[block.column];
    const std::int32_t outcome = block.outcomes.of(cell);
    if (outcome == Outcomes::kRefused) {
      throw CellError(block.outcomes.problem(cell), block.column, 0, cell);
    }
    *chunk.outcomes(b) = outcome;
  }
  return chunk;
}

TableReader::TableReader(const Encoder& encoder, std::span<const Column> columns)
    : columns_(columns), categories_(encoder.blocks().size()) {
  require(columns.size() == encoder.n_columns(),
          "rows must have " + std::to_string(encoder.n_columns()) + " columns, got " +
              std::to_string(columns.size()));
  const std::vector<std::uint32_t> read = encoder.reads();
  rows_ = read.empty() ? 0 : columns[read.front()].rows();
  for (const std::uint32_t column : read) {
    require(columns[column].rows() == rows_, "all columns must have as many rows, " +
                                                 std::to_string(rows_) + ", got " +
                                                 std::to_string(columns[column].rows()));
  }
  for (std::size_t b = 0; b < categories_.size(); ++b) {
    if (const auto* block = std::get_if<CategoriesBlock>(&encoder.blocks()[b])) {
      const bool is_number = encoder.kinds()[block->column] == ColumnKind::kNumber;
      const auto as = is_number ? CategoryReader::As::kNumbers : CategoryReader::As::kKeys;
      categories_[b] =
          std::make_unique<CategoryReader>(columns[block->column], block->outcomes, as);
    }
  }
}

}  // namespace slimline::table
