// What the blocks of an encoder read of a chunk of rows, or of a single row: numbers and marks of
// missing cells by column, outcomes of categories by block. All of it lies in scratch memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/workspace.hpp"
#include "slimline/table/encoder.hpp"

namespace slimline::table {

// Rows of a chunk, at most: what they take stays in the second-level cache from block to block.
inline constexpr std::size_t kRowChunk = 128;

class Chunk {
 public:
  std::size_t rows = 0;
  std::size_t first = 0;  // the number of its first row

  double* numbers(std::size_t column) const { return numbers_ + number_slots_[column] * rows; }
  std::uint8_t* missing(std::size_t column) const {
    return missing_ + missing_slots_[column] * rows;
  }
  std::int32_t* outcomes(std::size_t block) const {
    return outcomes_ + outcome_slots_[block] * rows;
  }

 private:
  friend class ChunkReader;

  double* numbers_ = nullptr;
  std::uint8_t* missing_ = nullptr;
  std::int32_t* outcomes_ = nullptr;
  // Places by column and by block.
  const std::uint32_t* number_slots_ = nullptr;
  const std::uint32_t* missing_slots_ = nullptr;
  const std::uint32_t* outcome_slots_ = nullptr;
};

class TableReader;

// Which columns the blocks of an encoder read as numbers, which only for missing cells, and which
// blocks are of categories. The encoder must outlive it, where it is.
class ChunkReader {
 public:
  explicit ChunkReader(const Encoder& encoder);

  // Rows to read at once: fewer where there are very many columns.
  std::size_t row_chunk() const;
  // Rows [begin, end). Throws CellError for cells that cannot be read.
  Chunk read(const TableReader& table, std::size_t begin, std::size_t end,
             Workspace& workspace) const;
  // One row of as many cells as there are columns.
  Chunk read(std::span<const Cell> cells, Workspace& workspace) const;

 private:
  Chunk allocate(std::size_t rows, Workspace& workspace) const;

  const Encoder& encoder_;
  std::vector<std::uint32_t> number_columns_;
  std::vector<std::uint32_t> missing_columns_;
  std::vector<std::uint32_t> category_blocks_;
  std::vector<std::uint32_t> number_slots_;
  std::vector<std::uint32_t> missing_slots_;
  std::vector<std::uint32_t> outcome_slots_;
};

// Columns as an encoder reads them, chunk by chunk. All of what is passed must outlive it.
class TableReader {
 public:
  // Throws std::invalid_argument where the columns do not fit the encoder or each other.
  TableReader(const Encoder& encoder, std::span<const Column> columns);

  std::size_t rows() const { return rows_; }
  const Column& column(std::size_t j) const { return columns_[j]; }
  // Of a block of categories; null for others.
  const CategoryReader* categories(std::size_t block) const { return categories_[block].get(); }

 private:
  std::span<const Column> columns_;
  std::vector<std::unique_ptr<CategoryReader>> categories_;
  std::size_t rows_ = 0;
};

// The features of a chunk. Real is float or double.
template <class Real>
void encode_chunk(const Encoder& encoder, const Chunk& chunk, MatrixView<Real> out,
                  Workspace& workspace);

// The same as compressed rows, in scratch memory.
template <class Real>
CsrView<Real, std::int32_t> encode_sparse_chunk(const Encoder& encoder, const Chunk& chunk,
                                                Workspace& workspace);

// Features of a row that are not zero, at most.
std::size_t most_nonzero(const Encoder& encoder);

}  // namespace slimline::table
