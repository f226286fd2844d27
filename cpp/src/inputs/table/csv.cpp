#include "slimline/table/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "slimline/error.hpp"

#if !defined(__cpp_lib_to_chars)
#include <locale>
#include <sstream>
#endif

namespace slimline::table {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What text is as a number, whatever its size: too large ones are infinite, too small ones 0.
std::optional<double> parse_number(std::string_view text) {
  double x = 0;
#if defined(__cpp_lib_to_chars)
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const bool tiny = text.find("e-") != text.npos || text.find("E-") != text.npos ||
                      text.starts_with("0.") || text.starts_with("-0.");
    x = tiny ? 0 : text.starts_with('-') ? -kInfinity : kInfinity;
  }
#else
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  stream >> x;
  if ((stream.fail() && !std::isinf(x) && x != 0) || !stream.eof()) return std::nullopt;
#endif
  if (std::isnan(x)) return std::nullopt;
  return x;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t i = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), i);
  if (end != text.data() + text.size() || error != std::errc()) return std::nullopt;
  return i;
}

// Without spaces around it and without a plus in front.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kSpaces), text.size());
  text = text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return plus ? text.substr(1) : text;
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Cell CsvReader::cell_of(std::string_view text, Reads reads) {
  if (reads == Reads::kText) return Cell::of_text(text);
  if (reads == Reads::kBool) {
    if (text == "true" || text == "True" || text == "1") return Cell::of_bool(true);
    if (text == "false" || text == "False" || text == "0") return Cell::of_bool(false);
    return Cell::of_text(text);
  }
  const std::string_view number = trimmed(text);
  if (reads == Reads::kInteger) {
    if (const auto i = parse_integer(number)) return Cell::of_integer(*i);
  }
  if (const auto x = parse_number(number)) return Cell::of_number(*x);
  return Cell::of_text(text);
}

CsvReader::CsvReader(const Encoder& encoder, CsvFormat format)
    : format_(std::move(format)), cells_(encoder.n_columns()) {
  const char separator = format_.separator;
  require(separator != '"' && separator != '\n' && separator != '\r',
          "separator must be a character other than a quote and the ends of lines");
  for (const ColumnKind kind : encoder.kinds()) {
    reads_.push_back(kind == ColumnKind::kNumber ? Reads::kNumber : Reads::kText);
  }
  for (const Block& block : encoder.blocks()) {
    const auto* categories = std::get_if<CategoriesBlock>(&block);
    if (categories == nullptr || categories->outcomes.keys().are_texts()) continue;
    if (encoder.kinds()[categories->column] == ColumnKind::kNumber) continue;
    const bool bools = categories->outcomes.keys().are_bools();
    reads_[categories->column] = bools ? Reads::kBool : Reads::kInteger;
  }
}

std::span<const Cell> CsvReader::read(std::string_view line) {
  line = without_end(line);
  unquoted_.clear();
  unquoted_.reserve(line.size());  // so that views of it stay valid
  std::size_t at = 0;
  std::size_t n = 0;
  for (bool more = true; more; ++n) {
    Cell cell;
    const Reads reads = n < cells_.size() ? reads_[n] : Reads::kText;
    if (at < line.size() && line[at] == '"') {
      cell = cell_of(quoted_cell(line, at), reads);
    } else {
      const std::size_t end = std::min(line.find(format_.separator, at), line.size());
      const std::string_view text = line.substr(at, end - at);
      require(text.find_first_of("\"\n") == text.npos,
              "a cell that holds quotes or ends of lines must be in quotes");
      if (!is_missing(text)) cell = cell_of(text, reads);
      at = end;
    }
    if (n < cells_.size()) cells_[n] = cell;
    more = at < line.size();
    ++at;  // the separator
  }
  require(n == cells_.size(), "a line must have " + std::to_string(cells_.size()) +
                                  " cells, one for each column, got " + std::to_string(n));
  return cells_;
}

// From the quote at `at` on; `at` becomes the place of the separator behind it, or the end.
std::string_view CsvReader::quoted_cell(std::string_view line, std::size_t& at) {
  const std::size_t begin = at + 1;
  std::size_t end = line.find('"', begin);
  require(end != line.npos, "a line must close the quotes that it opens");
  const bool doubled = end + 1 < line.size() && line[end + 1] == '"';
  const std::size_t copied = unquoted_.size();
  std::size_t from = begin;
  while (end + 1 < line.size() && line[end + 1] == '"') {
    unquoted_ += line.substr(from, end + 1 - from);
    from = end + 2;
    end = line.find('"', from);
    require(end != line.npos, "a line must close the quotes that it opens");
  }
  at = end + 1;
  require(at == line.size() || line[at] == format_.separator,
          "a cell in quotes must end with them, and quotes inside must be doubled");
  if (!doubled) return line.substr(begin, end - begin);
  unquoted_ += line.substr(from, end - from);
  return std::string_view(unquoted_).substr(copied);
}

bool CsvReader::is_missing(std::string_view text) const {
  return std::find(format_.missing_marks.begin(), format_.missing_marks.end(), text) !=
         format_.missing_marks.end();
}

}  // namespace slimline::table
