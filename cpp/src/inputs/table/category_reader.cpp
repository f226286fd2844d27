#include <algorithm>
#include <cmath>

#include "inputs/table/values.hpp"
#include "slimline/table/column.hpp"

namespace slimline::table {

CategoryReader::CategoryReader(const Column& column, const Outcomes& outcomes, As as)
    : column_(column), outcomes_(outcomes), as_(as), entries_(column.pieces().size()) {
  for (std::size_t p = 0; as == As::kKeys && p < entries_.size(); ++p) {
    const Piece& piece = column.pieces()[p];
    if (piece.dictionary == nullptr || piece.dictionary->rows() > piece.rows) continue;
    for (std::size_t e = 0; e < piece.dictionary->rows(); ++e) {
      entries_[p].push_back(outcomes.of(piece.dictionary->cell(e)));
    }
  }
}

void CategoryReader::read(std::size_t column, std::size_t begin, std::size_t end,
                          std::int32_t* out) const {
  if (as_ == As::kNumbers) {
    read_numbers(column, begin, end, out);
  } else {
    read_keys(begin, end, out);
  }
  for (std::size_t i = 0; i < end - begin; ++i) {
    if (out[i] != Outcomes::kRefused) continue;
    const Cell cell = key(begin + i);
    throw CellError(outcomes_.problem(cell), column, begin + i, cell);
  }
}

void CategoryReader::read_numbers(std::size_t column, std::size_t begin, std::size_t end,
                                  std::int32_t* out) const {
  constexpr std::size_t kAtOnce = 64;
  double numbers[kAtOnce];
  for (std::size_t i = begin; i < end; i += kAtOnce) {
    const std::size_t n = std::min(kAtOnce, end - i);
    column_.read_numbers(column, i, i + n, numbers);
    for (std::size_t k = 0; k < n; ++k) *out++ = outcomes_.of(Cell::of_number(numbers[k]));
  }
}

void CategoryReader::read_keys(std::size_t begin, std::size_t end, std::int32_t* out) const {
  for_each_piece(
      column_, begin, end, [&](std::size_t p, std::size_t at, std::size_t from, std::size_t to) {
        const Piece& piece = column_.pieces()[p];
        std::int32_t* next = out + at;
        if (!entries_[p].empty()) {
          with_codes(piece, [&](const auto& codes) {
            for (std::size_t i = from; i < to; ++i) {
              *next++ = codes.is_missing(i) || codes(i) < 0
                            ? outcomes_.of_missing()
                            : entries_[p][static_cast<std::size_t>(codes(i))];
            }
          });
        } else if (piece.dictionary != nullptr) {
          for (std::size_t i = from; i < to; ++i) *next++ = outcomes_.of(cell_in(piece, i));
        } else {
          with_values(piece, [&](const auto& values) {
            for (std::size_t i = from; i < to; ++i) {
              *next++ =
                  values.is_missing(i) ? outcomes_.of_missing() : outcomes_.of(key_of(values(i)));
            }
          });
        }
      });
}

Cell CategoryReader::key(std::size_t row) const {
  const Cell cell = column_.cell(row);
  return as_ == As::kNumbers ? Cell::of_number(cell.number) : cell;
}

std::size_t CategoryReader::count_unknown(std::size_t column, std::size_t begin,
                                          std::size_t end) const {
  std::size_t n = 0;
  for (std::size_t row = begin; row < end; ++row) {
    const Cell cell = key(row);
    if (cell.kind == CellKind::kMissing) continue;
    const std::int32_t place = outcomes_.keys().find(cell);
    if (place == Keys::kWrongType) throw CellError(outcomes_.problem(cell), column, row, cell);
    n += place == Keys::kUnknown ? 1 : 0;
  }
  return n;
}

}  // namespace slimline::table
