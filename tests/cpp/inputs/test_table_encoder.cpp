// Blocks against what they are said to do, cell by cell; columns of every layout.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "inputs/table_examples.hpp"
#include "slimline/matrix.hpp"

namespace slimline::table {
namespace {

using examples::kNaN;

double or_else(double x, double value) { return std::isnan(x) ? value : x; }

// The features of examples::encoder(), one by one.
std::vector<double> naive(double a, const std::string& city, double c) {
  const double ia = or_else(a, 0.25);
  const double ic = or_else(c, 3);
  std::vector<double> f{(or_else(a, 1.5) - 0.3) * 0.7, (or_else(c, -2) - 4) * 1e-3};
  // The imputed values above belong to columns 2 and 0 in the blocks of bins.
  const double bin_c = or_else(c, 0.25);
  const double bin_a = or_else(a, 3);
  f.push_back(std::isnan(a) ? 2 : 0.5);
  f.push_back(city == "?" ? 1 : 0);
  f.push_back(city == "Paris" || city == "a longer name");
  f.push_back(city == "Rome");
  f.push_back(city == "?");
  const bool rome = city == "Rome";
  const bool paris = city == "Paris";
  const bool missing = city == "?";
  f.push_back(paris ? 0.5 : rome ? 3 : missing ? 0 : 7);
  f.push_back(paris ? -1 : rome ? 0.25 : missing ? 2 : 1e-3);
  const int bin = (bin_c >= -1) + (bin_c >= 0) + (bin_c >= 2);
  for (int k = 0; k < 4; ++k) f.push_back(bin == k);
  f.push_back(bin_a < 1);
  f.push_back(bin_a >= 1);
  f.push_back(bin);
  f.push_back(bin_a >= 1);
  f.push_back(ia);
  f.push_back(ic * ic * ia);
  f.push_back(ic * ic * ic);
  f.push_back(std::log1p(std::abs(or_else(c, 2))));
  return f;
}

Matrix<double> encoded(const Encoder& encoder, std::span<const Column> columns, std::size_t rows,
                       int n_threads = 1) {
  Matrix<double> out(rows, encoder.n_features());
  encoder.encode(columns, out.view(), n_threads);
  return out;
}

bool equal(const Matrix<double>& a, const Matrix<double>& b) {
  return std::equal(a.view().data(), a.view().data() + a.rows() * a.cols(), b.view().data());
}

}  // namespace

TEST_CASE("every block gives what it says") {
  const Encoder encoder = examples::encoder();
  const auto rows = examples::rows(700);
  const auto columns = rows.columns();
  const Matrix<double> out = encoded(encoder, columns, 700);
  for (std::size_t i = 0; i < 700; ++i) {
    const auto expected = naive(rows.first[i], rows.second[i], rows.third[i]);
    REQUIRE(expected.size() == encoder.n_features());
    for (std::size_t j = 0; j < expected.size(); ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK(out(i, j) == expected[j]);
    }
  }
  CHECK(equal(out, encoded(encoder, columns, 700, 3)));
}

TEST_CASE("compressed rows hold the same") {
  const Encoder encoder = examples::encoder();
  const auto rows = examples::rows(300);
  const auto columns = rows.columns();
  const Matrix<double> dense = encoded(encoder, columns, 300);
  const TermRows<double> sparse = encoder.encode_sparse<double>(columns, 2);
  Matrix<double> unpacked(300, encoder.n_features());
  std::int64_t k = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    std::int32_t before = -1;
    for (; k < sparse.row_ends[i]; ++k) {
      const auto at = static_cast<std::size_t>(k);
      CHECK(sparse.columns[at] > before);
      before = sparse.columns[at];
      unpacked(i, static_cast<std::size_t>(before)) = sparse.values[at];
    }
  }
  CHECK(equal(dense, unpacked));
}

TEST_CASE("numbers of every type, stride and mark are read") {
  Encoder encoder({ColumnKind::kNumber});
  encoder.add(NumbersBlock{{0}, Steps({{Op::kImpute, {-7}, {}}}, 1)});
  const std::vector<std::int16_t> shorts{1, 99, -3, 99, 5, 99};
  const std::vector<std::uint8_t> missing{0, 1, 0};
  std::vector<Column> columns(1);
  columns[0].add({NumberType::kInt16, shorts.data(), 4, 3, missing.data()});
  const std::vector<float> floats{0.5F, static_cast<float>(kNaN)};
  columns[0].add({NumberType::kFloat32, floats.data(), 4, 2});
  const std::vector<std::uint8_t> bools{0, 1};
  columns[0].add({NumberType::kBool, bools.data(), 1, 2});
  columns[0].add({Cell::of_integer(4), Cell(), Cell::of_bool(true)});
  const Matrix<double> out = encoded(encoder, columns, 10);
  const std::vector<double> expected{1, -7, 5, 0.5, -7, 0, 1, 4, -7, 1};
  CHECK(std::equal(expected.begin(), expected.end(), out.view().data()));
}

TEST_CASE("a dictionary gives what its entries do") {
  Encoder encoder({ColumnKind::kCategory});
  encoder.add(CategoriesBlock{0, Outcomes(examples::cities(), {0, 1, 2}, 3, 4, 5)});
  auto dictionary = std::make_shared<Column>();
  dictionary->add({Cell::of_text("Rome"), Cell::of_text("new"), Cell(), Cell::of_text("Paris")});
  const std::vector<std::int8_t> codes{0, 1, 2, 3, -1, 0};
  for (const std::size_t n : {6U, 3U}) {  // more rows than entries, and fewer
    std::vector<Column> columns(1);
    columns[0].add({NumberType::kInt8, codes.data(), 1, n}, dictionary);
    const Matrix<double> out = encoded(encoder, columns, n);
    const std::vector<std::size_t> expected{1, 3, 4, 0, 4, 1};
    for (std::size_t i = 0; i < n; ++i) CHECK(out(i, expected[i]) == 1);
    CHECK(encoder.count_unknown(columns, 1) == std::vector<std::size_t>{1});
  }
  const std::vector<std::int8_t> beyond{4};
  Column column;
  CHECK_THROWS_AS(column.add({NumberType::kInt8, beyond.data(), 1, 1}, dictionary),
                  std::invalid_argument);
}

TEST_CASE("an error says which cell and why") {
  Encoder encoder({ColumnKind::kNumber, ColumnKind::kCategory});
  encoder.add(NumbersBlock{{0}, Steps({{Op::kLog, {}, {}}}, 1)});
  encoder.add(
      CategoriesBlock{1, Outcomes(examples::cities(), {0, 1, 2}, std::nullopt, std::nullopt, 3)});
  const auto problem = [&](const Cell& number, const Cell& city) {
    std::vector<Cell> numbers(300, Cell::of_number(1));
    std::vector<Cell> cities(300, Cell::of_text("Rome"));
    numbers[200] = number;
    cities[200] = city;
    std::vector<Column> columns(2);
    columns[0].add(numbers);
    columns[1].add(cities);
    Matrix<double> out(300, 4);
    try {
      encoder.encode(columns, out.view(), 1);
    } catch (const CellError& error) {
      CHECK(error.row() == 200);
      return std::pair(error.problem(), error.column());
    }
    FAIL("nothing was thrown");
    return std::pair(Problem::kMissing, std::size_t{9});
  };
  const Cell one = Cell::of_number(1);
  const Cell rome = Cell::of_text("Rome");
  CHECK(problem(rome, rome) == std::pair(Problem::kTextForNumber, std::size_t{0}));
  CHECK(problem(Cell(), rome) == std::pair(Problem::kMissing, std::size_t{0}));
  CHECK(problem(Cell::of_number(-1), rome) == std::pair(Problem::kNotFinite, std::size_t{0}));
  CHECK(problem(Cell::of_number(HUGE_VAL), rome) == std::pair(Problem::kInfinite, std::size_t{0}));
  CHECK(problem(one, one) == std::pair(Problem::kNumberForKeys, std::size_t{1}));
  CHECK(problem(one, Cell::of_text("Oslo")) == std::pair(Problem::kUnknown, std::size_t{1}));
  CHECK(problem(one, Cell()) == std::pair(Problem::kMissing, std::size_t{1}));
}

TEST_CASE("blocks that do not fit are refused") {
  Encoder encoder({ColumnKind::kNumber, ColumnKind::kCategory});
  const Outcomes outcomes(examples::cities(), {0, 1, 2}, -1, -1, 3);
  CHECK_THROWS_AS(encoder.add(NumbersBlock{{1}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(NumbersBlock{{2}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(MissingBlock{{0}, {}, {1}}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(CategoriesBlock{1, outcomes, 2, {1, 2}}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(BinsBlock{{0}, {}, {1, 0}, {0, 2}, true}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(BinsBlock{{0}, {}, {1, 2}, {0, 1}, true}), std::invalid_argument);
  CHECK_THROWS_AS(encoder.add(PolynomialBlock{{0}, {}, {1, 1}, 1}), std::invalid_argument);
  CHECK_THROWS_AS(Outcomes(examples::cities(), {0, 3, 0}, -1, -1, 3), std::invalid_argument);
  CHECK_THROWS_AS(Outcomes(examples::cities(), {0, 0}, -1, -1, 3), std::invalid_argument);
  CHECK_THROWS_AS(Steps({{Op::kClip, {1}, {}}}, 1), std::invalid_argument);
  CHECK_THROWS_AS(Steps({{Op::kUniformQuantile, {0, 1}, {2, 1}}}, 1), std::invalid_argument);
  CHECK(encoder.n_features() == 0);
}

TEST_CASE("columns must have as many rows as each other") {
  const Encoder encoder = examples::encoder();
  const auto rows = examples::rows(5);
  auto columns = rows.columns();
  Matrix<double> out(5, encoder.n_features());
  columns[2].add({Cell()});
  CHECK_THROWS_AS(encoder.encode(columns, out.view(), 1), std::invalid_argument);
  columns.pop_back();
  CHECK_THROWS_AS(encoder.encode(columns, out.view(), 1), std::invalid_argument);
}

}  // namespace slimline::table
