// Single cells of a table, and what is wrong with one.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>

namespace slimline::table {

enum class CellKind : std::uint8_t {
  kMissing,
  kNumber,
  kInteger,
  kBeyond,  // a number that neither int64 nor float64 holds, as float64 rounds it
  kBool,
  kText,
};

// One value. Its text lies elsewhere.
struct Cell {
  CellKind kind = CellKind::kMissing;
  double number = std::numeric_limits<double>::quiet_NaN();  // of every kind but texts
  std::int64_t integer = 0;                                  // of kInteger and kBool
  std::string_view text;

  // NaN is a missing cell.
  static Cell of_number(double x) {
    return {std::isnan(x) ? CellKind::kMissing : CellKind::kNumber, x, 0, {}};
  }
  static Cell of_integer(std::int64_t i) {
    return {CellKind::kInteger, static_cast<double>(i), i, {}};
  }
  static Cell of_unsigned(std::uint64_t i) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (i <= kMost) return of_integer(static_cast<std::int64_t>(i));
    return {CellKind::kBeyond, static_cast<double>(i), 0, {}};
  }
  static Cell of_bool(bool b) { return {CellKind::kBool, b ? 1.0 : 0.0, b ? 1 : 0, {}}; }
  static Cell of_text(std::string_view text) {
    return {CellKind::kText, std::numeric_limits<double>::quiet_NaN(), 0, text};
  }
};

enum class Problem : std::uint8_t {
  kTextForNumber,  // a text in a column of numbers
  kTextForKeys,    // a text in a column whose categories are numbers
  kNumberForKeys,  // a number in a column whose categories are texts
  kInfinite,
  kMissing,    // a missing cell where nothing is imputed
  kNotFinite,  // what the steps make of a cell is not finite
  kUnknown,    // an unknown category where that is an error
};

// Thrown for a cell that cannot be encoded: which one, what it holds and what is wrong. Whoever
// reads Python's rows makes words of it. The first three problems are of types, the others of
// values.
class CellError : public std::exception {
 public:
  CellError(Problem problem, std::size_t column, std::size_t row, const Cell& cell)
      : problem_(problem), column_(column), row_(row), cell_(cell), text_(cell.text) {}
  const char* what() const noexcept override { return "a cell of a table cannot be encoded"; }
  Problem problem() const { return problem_; }
  std::size_t column() const { return column_; }
  std::size_t row() const { return row_; }
  Cell cell() const {
    Cell cell = cell_;
    cell.text = text_;
    return cell;
  }

 private:
  Problem problem_;
  std::size_t column_;
  std::size_t row_;
  Cell cell_;
  std::string text_;
};

}  // namespace slimline::table
