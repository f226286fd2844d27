// One line of CSV (RFC 4180) as a row of cells: the columns of an encoder, in their order.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slimline/table/encoder.hpp"

namespace slimline::table {

struct CsvFormat {
  char separator = ',';
  std::vector<std::string> missing_marks = {""};  // cells that are missing, where without quotes
};

// Reads lines one after the other, without allocation but for the first ones. Not for several
// threads at once.
class CsvReader {
 public:
  // Throws std::invalid_argument for a separator that is a quote or ends a line.
  CsvReader(const Encoder& encoder, CsvFormat format);

  // The cells of a line, with or without its end; valid until the next, while `line` is. Cells of
  // columns of numbers are read as numbers, those of categories as what their keys are (true,
  // True and 1 as a bool), and stay texts where they cannot be. Throws std::invalid_argument for
  // another number of cells or quotes that do not match.
  std::span<const Cell> read(std::string_view line);

 private:
  enum class Reads : unsigned char { kText, kNumber, kInteger, kBool };

  static Cell cell_of(std::string_view text, Reads reads);
  std::string_view quoted_cell(std::string_view line, std::size_t& at);
  bool is_missing(std::string_view text) const;

  CsvFormat format_;
  std::vector<Reads> reads_;
  std::vector<Cell> cells_;
  std::string unquoted_;  // cells in which quotes were doubled
};

}  // namespace slimline::table
