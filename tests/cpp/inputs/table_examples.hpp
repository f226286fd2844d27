// A table and an encoder of every kind of block.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "slimline/random.hpp"
#include "slimline/table/encoder.hpp"

namespace slimline::table::examples {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Columns: a number, a category of texts, a number.
struct Rows {
  std::vector<double> first;
  std::vector<std::string> second;  // "?" is missing
  std::vector<double> third;

  std::vector<Cell> cells(std::size_t i) const {
    return {Cell::of_number(first[i]),
            second[i] == "?" ? Cell() : Cell::of_text(second[i]), Cell::of_number(third[i])};
  }
  std::vector<Column> columns() const& {
    std::vector<Column> columns(3);
    std::vector<Cell> texts;
    for (std::size_t i = 0; i < first.size(); ++i) texts.push_back(cells(i)[1]);
    columns[0].add(numbers(first));
    columns[1].add(std::move(texts));
    columns[2].add(numbers(third));
    return columns;
  }
  static NumberArray numbers(const std::vector<double>& x) {
    return {NumberType::kFloat64, x.data(), sizeof(double), x.size()};
  }
};

inline Rows rows(std::size_t n) {
  Random random(7);
  Rows rows;
  const char* words[] = {"Paris", "Rome", "a longer name", "unheard of", "?"};
  for (std::size_t i = 0; i < n; ++i) {
    const auto number = [&] {
      return random.below(8) == 0 ? kNaN : static_cast<double>(random.below(1000)) / 77 - 6;
    };
    rows.first.push_back(number());
    rows.second.emplace_back(words[random.below(5)]);
    rows.third.push_back(number());
  }
  return rows;
}

inline Keys cities() {
  const std::vector<std::uint32_t> offsets{0, 5, 9, 22};
  return Keys::of_texts("ParisRomea longer name", offsets);
}

inline Encoder encoder() {
  Encoder encoder({ColumnKind::kNumber, ColumnKind::kCategory, ColumnKind::kNumber});
  const Steps scaled({{Op::kImpute, {1.5, -2}, {}}, {Op::kAffine, {0.3, 4}, {0.7, 1e-3}}}, 2);
  const Steps imputed({{Op::kImpute, {0.25, 3}, {}}}, 2);
  const Steps curved({{Op::kImpute, {2}, {}}, {Op::kAbs, {}, {}}, {Op::kLog1p, {}, {}}}, 1);
  encoder.add(NumbersBlock{{0, 2}, scaled});
  encoder.add(MissingBlock{{0, 1}, {0.5, 0}, {2, 1}});
  encoder.add(CategoriesBlock{1, Outcomes(cities(), {0, 1, 0}, -1, 2, 3)});
  encoder.add(CategoriesBlock{1, Outcomes(cities(), {0, 1, 2}, 2, 3, 4), 2,
                              {0.5, -1, 3, 0.25, 7, 1e-3, 0, 2}});
  encoder.add(BinsBlock{{2, 0}, imputed, {-1, 0, 2, 1}, {0, 3, 4}, true});
  encoder.add(BinsBlock{{2, 0}, imputed, {-1, 0, 2, 1}, {0, 3, 4}, false});
  encoder.add(PolynomialBlock{{0, 2}, imputed, {1, 0, 1, 2, 0, 3}, 3});
  encoder.add(NumbersBlock{{2}, curved});
  return encoder;
}

}  // namespace slimline::table::examples
