#include "slimline/table/column.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "inputs/table/values.hpp"
#include "slimline/error.hpp"

namespace slimline::table {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The number of a cell that is not missing. Throws CellError for a text.
template <class Value>
double number_of(const Value& value, std::size_t column, std::size_t row) {
  if constexpr (std::is_arithmetic_v<Value>) {
    return static_cast<double>(value);
  } else {
    const Cell& cell = cell_of(value);
    if (cell.kind == CellKind::kText) throw CellError(Problem::kTextForNumber, column, row, cell);
    return cell.number;
  }
}

bool is_whole(NumberType type) { return type <= NumberType::kUint64; }

}  // namespace

static std::size_t code_at(const Piece& piece, std::size_t i) {
  return with_codes(piece, [i](const auto& codes) { return static_cast<std::size_t>(codes(i)); });
}

bool is_missing(const Piece& piece, std::size_t i) {
  if (piece.dictionary == nullptr) {
    return with_values(piece, [i](const auto& values) { return values.is_missing(i); });
  }
  return with_codes(piece, [&](const auto& codes) {
    return codes.is_missing(i) || codes(i) < 0 ||
           piece.dictionary->cell(static_cast<std::size_t>(codes(i))).kind == CellKind::kMissing;
  });
}

Cell cell_in(const Piece& piece, std::size_t i) {
  if (is_missing(piece, i)) return {};
  if (piece.dictionary != nullptr) return piece.dictionary->cell(code_at(piece, i));
  return with_values(piece, [i](const auto& values) { return Cell(cell_of(values(i))); });
}

void Column::add(NumberArray numbers) {
  rows_ += numbers.rows;
  pieces_.push_back({.layout = Piece::Layout::kNumbers, .rows = numbers.rows, .numbers = numbers});
}

void Column::add(std::vector<Cell> cells) {
  rows_ += cells.size();
  const std::size_t rows = cells.size();
  pieces_.push_back({.layout = Piece::Layout::kCells, .rows = rows, .cells = std::move(cells)});
}

void Column::add(NumberArray codes, std::shared_ptr<const Column> dictionary) {
  Piece piece{.layout = Piece::Layout::kNumbers, .rows = codes.rows, .numbers = codes};
  piece.dictionary = std::move(dictionary);
  add_codes(std::move(piece));
}

void Column::add_codes(Piece piece) {
  require(is_whole(piece.numbers.type), "the codes of a dictionary must be whole numbers");
  const std::size_t size = piece.dictionary->rows();
  const bool inside = with_codes(piece, [&](const auto& codes) {
    bool all = true;
    for (std::size_t i = 0; i < piece.rows; ++i) {
      all &= codes(i) < 0 || static_cast<std::size_t>(codes(i)) < size || codes.is_missing(i);
    }
    return all;
  });
  require(inside, "a code lies beyond its dictionary of " + std::to_string(size) + " entries");
  rows_ += piece.rows;
  pieces_.push_back(std::move(piece));
}

Cell Column::cell(std::size_t row) const {
  Cell cell;
  for_each_piece(*this, row, row + 1,
                 [&](std::size_t p, std::size_t, std::size_t from, std::size_t) {
                   cell = cell_in(pieces_[p], from);
                 });
  return cell;
}

void Column::read_numbers(std::size_t column, std::size_t begin, std::size_t end,
                          double* out) const {
  for_each_piece(
      *this, begin, end, [&](std::size_t p, std::size_t at, std::size_t from, std::size_t to) {
        const Piece& piece = pieces_[p];
        double* x = out + at;
        const std::size_t row = begin + at;
        if (piece.dictionary != nullptr) {
          for (std::size_t i = from; i < to; ++i) {
            x[i - from] = number_of(cell_in(piece, i), column, row + i - from);
          }
          return;
        }
        with_values(piece, [&](const auto& values) {
          for (std::size_t i = from; i < to; ++i) {
            x[i - from] =
                values.is_missing(i) ? kNaN : number_of(values(i), column, row + i - from);
          }
        });
      });
  for (std::size_t i = 0; i < end - begin; ++i) {
    if (std::isinf(out[i])) {
      throw CellError(Problem::kInfinite, column, begin + i, Cell::of_number(out[i]));
    }
  }
}

void Column::read_missing(std::size_t begin, std::size_t end, std::uint8_t* out) const {
  for_each_piece(*this, begin, end,
                 [&](std::size_t p, std::size_t at, std::size_t from, std::size_t to) {
                   for (std::size_t i = from; i < to; ++i) {
                     out[at + i - from] = is_missing(pieces_[p], i) ? 1 : 0;
                   }
                 });
}

}  // namespace slimline::table
