// The values of a piece of a column: with_values(piece, f) calls f with an object `values` for the
// layout of the piece, where values(i) is a number, a text or a Cell, and values.is_missing(i) says
// that there is none.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "inputs/arrow/layout.hpp"
#include "slimline/table/column.hpp"

namespace slimline::table {

template <class T>
class NumberValues {
 public:
  explicit NumberValues(const Piece& piece)
      : data_(static_cast<const std::byte*>(piece.numbers.data)),
        stride_(piece.numbers.stride),
        missing_(piece.numbers.missing),
        valid_(piece.valid),
        begin_(piece.begin) {}

  T operator()(std::size_t i) const {
    T value;
    std::memcpy(&value, data_ + static_cast<std::ptrdiff_t>(i) * stride_, sizeof value);
    return value;
  }
  bool is_missing(std::size_t i) const {
    if (missing_ != nullptr && missing_[i] != 0) return true;
    if (arrow::is_missing(valid_, begin_ + i)) return true;
    if constexpr (std::is_floating_point_v<T>) return std::isnan((*this)(i));
    return false;
  }

 private:
  const std::byte* data_;
  std::ptrdiff_t stride_;
  const std::uint8_t* missing_;
  const std::uint8_t* valid_;
  std::size_t begin_;
};

// A byte that is not 0 is true.
class BoolValues {
 public:
  explicit BoolValues(const Piece& piece) : bytes_(piece) {}
  bool operator()(std::size_t i) const { return bytes_(i) != 0; }
  bool is_missing(std::size_t i) const { return bytes_.is_missing(i); }

 private:
  NumberValues<std::uint8_t> bytes_;
};

class BitValues {
 public:
  explicit BitValues(const Piece& piece)
      : bits_(arrow::buffer<std::uint8_t>(*piece.array, 1)),
        valid_(piece.valid),
        begin_(piece.begin) {}
  bool operator()(std::size_t i) const { return arrow::bit(bits_, begin_ + i); }
  bool is_missing(std::size_t i) const { return arrow::is_missing(valid_, begin_ + i); }

 private:
  const std::uint8_t* bits_;
  const std::uint8_t* valid_;
  std::size_t begin_;
};

template <class Layout>
class TextValues {
 public:
  explicit TextValues(const Piece& piece)
      : texts_(*piece.array), valid_(piece.valid), begin_(piece.begin) {}
  std::string_view operator()(std::size_t i) const { return texts_(begin_ + i); }
  bool is_missing(std::size_t i) const { return arrow::is_missing(valid_, begin_ + i); }

 private:
  Layout texts_;
  const std::uint8_t* valid_;
  std::size_t begin_;
};

class CellValues {
 public:
  explicit CellValues(const Piece& piece) : cells_(piece.cells.data()) {}
  const Cell& operator()(std::size_t i) const { return cells_[i]; }
  bool is_missing(std::size_t i) const { return cells_[i].kind == CellKind::kMissing; }

 private:
  const Cell* cells_;
};

class NoValues {
 public:
  Cell operator()(std::size_t) const { return {}; }
  bool is_missing(std::size_t) const { return true; }
};

// The codes of a dictionary: whole numbers, below 0 where one is missing.
template <class F>
decltype(auto) with_codes(const Piece& piece, const F& f) {
  switch (piece.numbers.type) {
    case NumberType::kInt8:
      return f(NumberValues<std::int8_t>(piece));
    case NumberType::kInt16:
      return f(NumberValues<std::int16_t>(piece));
    case NumberType::kInt32:
      return f(NumberValues<std::int32_t>(piece));
    case NumberType::kInt64:
      return f(NumberValues<std::int64_t>(piece));
    case NumberType::kUint8:
      return f(NumberValues<std::uint8_t>(piece));
    case NumberType::kUint16:
      return f(NumberValues<std::uint16_t>(piece));
    case NumberType::kUint32:
      return f(NumberValues<std::uint32_t>(piece));
    default:
      return f(NumberValues<std::uint64_t>(piece));
  }
}

template <class F>
decltype(auto) with_numbers(const Piece& piece, const F& f) {
  switch (piece.numbers.type) {
    case NumberType::kFloat32:
      return f(NumberValues<float>(piece));
    case NumberType::kFloat64:
      return f(NumberValues<double>(piece));
    case NumberType::kBool:
      return f(BoolValues(piece));
    default:
      return with_codes(piece, f);
  }
}

template <class F>
decltype(auto) with_values(const Piece& piece, const F& f) {
  switch (piece.layout) {
    case Piece::Layout::kNumbers:
      return with_numbers(piece, f);
    case Piece::Layout::kBits:
      return f(BitValues(piece));
    case Piece::Layout::kTexts:
      return f(TextValues<arrow::PlainTexts<std::int32_t>>(piece));
    case Piece::Layout::kLargeTexts:
      return f(TextValues<arrow::PlainTexts<std::int64_t>>(piece));
    case Piece::Layout::kTextViews:
      return f(TextValues<arrow::ViewedTexts>(piece));
    case Piece::Layout::kCells:
      return f(CellValues(piece));
    default:
      return f(NoValues());
  }
}

// What `values` hold as a Cell, and as an argument of Keys::find.
inline const Cell& cell_of(const Cell& cell) { return cell; }
inline Cell cell_of(std::string_view text) { return Cell::of_text(text); }
template <class T>
  requires std::is_arithmetic_v<T>
Cell cell_of(T x) {
  if constexpr (std::is_same_v<T, bool>) {
    return Cell::of_bool(x);
  } else if constexpr (std::is_floating_point_v<T>) {
    return Cell::of_number(static_cast<double>(x));
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return Cell::of_unsigned(x);
  } else {
    return Cell::of_integer(static_cast<std::int64_t>(x));
  }
}

inline const Cell& key_of(const Cell& cell) { return cell; }
inline std::string_view key_of(std::string_view text) { return text; }
template <class T>
  requires std::is_arithmetic_v<T>
auto key_of(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(x);
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return Cell::of_unsigned(x);
  } else {
    return static_cast<std::int64_t>(x);
  }
}

// Row i of a piece, of a dictionary or not.
bool is_missing(const Piece& piece, std::size_t i);
Cell cell_in(const Piece& piece, std::size_t i);

// Calls f(p, at, from, to) for the pieces that rows [begin, end) of the column lie in: rows
// [from, to) of piece p are those from begin + at on.
template <class F>
void for_each_piece(const Column& column, std::size_t begin, std::size_t end, const F& f) {
  std::size_t start = 0;
  for (std::size_t p = 0; p < column.pieces().size() && start < end; ++p) {
    const std::size_t rows = column.pieces()[p].rows;
    if (begin < start + rows) {
      const std::size_t from = begin > start ? begin - start : 0;
      const std::size_t to = end - start < rows ? end - start : rows;
      if (from < to) f(p, start + from - begin, from, to);
    }
    start += rows;
  }
}

}  // namespace slimline::table
