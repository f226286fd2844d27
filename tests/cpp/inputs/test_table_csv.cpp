// Lines of CSV as cells: RFC 4180, marks of missing cells, numbers as from_chars reads them.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "slimline/table/csv.hpp"

namespace slimline::table {
namespace {

Encoder encoder() {
  Encoder encoder({ColumnKind::kNumber, ColumnKind::kCategory, ColumnKind::kCategory});
  encoder.add(NumbersBlock{{0}, {}});
  const std::vector<std::int64_t> keys{7};
  encoder.add(CategoriesBlock{2, Outcomes(Keys::of_integers(keys), {0}, -1, -1, 1)});
  return encoder;
}

}  // namespace

TEST_CASE("cells are numbers where columns are, and texts elsewhere") {
  const Encoder e = encoder();
  CsvReader reader(e, {});
  const auto cells = reader.read("1.5,2,7");
  CHECK(cells[0].kind == CellKind::kNumber);
  CHECK(cells[0].number == 1.5);
  CHECK(cells[1].kind == CellKind::kText);
  CHECK(cells[1].text == "2");
  CHECK(cells[2].kind == CellKind::kInteger);
  CHECK(cells[2].integer == 7);
}

TEST_CASE("quotes hold separators, ends of lines and doubled quotes") {
  const Encoder e = encoder();
  CsvReader reader(e, {});
  CHECK(reader.read("1,\"a,b\n\"\"c\"\"\",7\r\n")[1].text == "a,b\n\"c\"");
  CHECK(reader.read("\"2\",\"\"\"\",\"\"\n")[1].text == "\"");
  CHECK(reader.read("1,\"\",7")[1].kind == CellKind::kText);  // in quotes nothing is missing
  CHECK(reader.read("1,,7")[1].kind == CellKind::kMissing);
  CHECK(reader.read("\"2\",x,\"\"")[0].number == 2);
  CHECK_THROWS_AS(reader.read("1,\"a,7"), std::invalid_argument);
  CHECK_THROWS_AS(reader.read("1,\"a\"b,7"), std::invalid_argument);
  CHECK_THROWS_AS(reader.read("1,\"a\"\",7"), std::invalid_argument);
  CHECK_THROWS_AS(reader.read("1,a\"b,7"), std::invalid_argument);
  CHECK_THROWS_AS(reader.read("1,a\nb,7"), std::invalid_argument);
}

TEST_CASE("a line has a cell for each column") {
  const Encoder e = encoder();
  CsvReader reader(e, {});
  for (const char* line : {"", "1,2", "1,2,3,4", "1,2,3,", "\n"}) {
    CHECK_THROWS_AS(reader.read(line), std::invalid_argument);
  }
  CHECK(reader.read(",,")[1].kind == CellKind::kMissing);
}

TEST_CASE("separator and marks are given") {
  const Encoder e = encoder();
  CsvReader reader(e, {.separator = ';', .missing_marks = {"", "NA", "?"}});
  const auto cells = reader.read("NA;1,5;?");
  CHECK(cells[0].kind == CellKind::kMissing);
  CHECK(cells[1].text == "1,5");
  CHECK(cells[2].kind == CellKind::kMissing);
  CHECK_THROWS_AS(CsvReader(e, {.separator = '"'}), std::invalid_argument);
}

TEST_CASE("what is a number") {
  const Encoder e = encoder();
  CsvReader reader(e, {});
  const auto number = [&](const std::string& text) { return reader.read(text + ",x,7")[0]; };
  CHECK(number(" 3 ").number == 3);
  CHECK(number("+3e2").number == 300);
  CHECK(number("-0.25").number == -0.25);
  CHECK(std::isinf(number("1e999").number));
  CHECK(number("-1e-999").number == 0);
  CHECK(std::isinf(number("-inf").number));
  for (const char* text : {"1x", "x", "true", "nan", "nan(1)", "0x10", "1 2", "+-1", "--1", " "}) {
    CHECK(number(text).kind == CellKind::kText);
  }
}

}  // namespace slimline::table
