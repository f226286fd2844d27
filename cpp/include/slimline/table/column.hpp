// A column of a table, read where it lies: numbers of any type, Arrow's strings, dictionaries of
// them, or cells of mixed kinds; in one piece or several, with or without marks of missing cells.
// The memory belongs to others and must outlive the column, but for what is said to be taken over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "slimline/arrow.hpp"
#include "slimline/table/cells.hpp"
#include "slimline/table/outcomes.hpp"

namespace slimline::table {

enum class NumberType : std::uint8_t {
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat32,
  kFloat64,
  kBool,  // a byte each
};

// Numbers at data, data + stride bytes, ...; NaN is missing, and what `missing`, unless it is null,
// has other than 0 for.
struct NumberArray {
  NumberType type;
  const void* data;
  std::ptrdiff_t stride;
  std::size_t rows;
  const std::uint8_t* missing = nullptr;
};

class Column;

// Rows of a column that lie in one place.
struct Piece {
  enum class Layout : std::uint8_t {
    kNumbers,
    kBits,   // Arrow's bools
    kTexts,  // with offsets of 32 bits
    kLargeTexts,
    kTextViews,
    kCells,
    kMissing,  // all of them
  };

  Layout layout;
  std::size_t rows;
  NumberArray numbers{};                // or the codes of a dictionary, of which < 0 is missing
  const ArrowArray* array = nullptr;    // of Arrow's layouts
  std::size_t begin = 0;                // in its buffers
  const std::uint8_t* valid = nullptr;  // Arrow's bits, from `begin` on
  std::vector<Cell> cells{};
  std::shared_ptr<const Column> dictionary{};
};

class Column {
 public:
  void add(NumberArray numbers);
  void add(std::vector<Cell> cells);
  // Codes of whole numbers: places in `dictionary`, which has none itself.
  void add(NumberArray codes, std::shared_ptr<const Column> dictionary);
  // Rows [begin, begin + rows) of an array, counted from its offset. Throws std::invalid_argument
  // for types that hold neither numbers nor texts, and for indices beyond a dictionary.
  void add(const ArrowSchema& schema, const ArrowArray& array, std::size_t begin, std::size_t rows);

  std::size_t rows() const { return rows_; }
  const std::vector<Piece>& pieces() const { return pieces_; }
  Cell cell(std::size_t row) const;

  // Rows [begin, end) as numbers, NaN where missing. Throws CellError, with the number `column` of
  // this column, for texts and infinity.
  void read_numbers(std::size_t column, std::size_t begin, std::size_t end, double* out) const;
  // 1 where a row is missing, else 0.
  void read_missing(std::size_t begin, std::size_t end, std::uint8_t* out) const;

 private:
  void add_codes(Piece piece);

  std::vector<Piece> pieces_;
  std::size_t rows_ = 0;
};

// Whether Column::add takes arrays of this type.
bool reads_arrow(const ArrowSchema& schema);

// A column whose categories are looked up; each entry of a dictionary once, if there are more rows
// than entries.
class CategoryReader {
 public:
  // as: kNumbers for columns of numbers, whose categories are what float64 makes of them.
  enum class As : std::uint8_t { kKeys, kNumbers };
  CategoryReader(const Column& column, const Outcomes& outcomes, As as);

  // The outcomes of rows [begin, end). Throws CellError, with the number `column` of the column,
  // for a cell that is refused.
  void read(std::size_t column, std::size_t begin, std::size_t end, std::int32_t* out) const;
  // How many rows of [begin, end) hold unknown categories. Throws CellError for those of the wrong
  // type.
  std::size_t count_unknown(std::size_t column, std::size_t begin, std::size_t end) const;

 private:
  void read_keys(std::size_t begin, std::size_t end, std::int32_t* out) const;
  void read_numbers(std::size_t column, std::size_t begin, std::size_t end,
                    std::int32_t* out) const;
  // Cell `row` as it is looked up.
  Cell key(std::size_t row) const;

  const Column& column_;
  const Outcomes& outcomes_;
  As as_;
  std::vector<std::vector<std::int32_t>> entries_;  // of each piece: outcomes by code, or none
};

}  // namespace slimline::table
