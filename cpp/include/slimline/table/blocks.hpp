// The blocks of an encoder: each turns cells of some columns into a range of features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "slimline/table/outcomes.hpp"
#include "slimline/table/steps.hpp"

namespace slimline::table {

// A feature a column: its number after the steps.
struct NumbersBlock {
  std::vector<std::uint32_t> columns;
  Steps steps;
};

// A feature a column: values[0][j] where its cell is present, values[1][j] where it is missing.
struct MissingBlock {
  std::vector<std::uint32_t> columns;
  std::vector<double> present;
  std::vector<double> missing;
};

// Of the outcome of a cell: the feature with this number is 1 (width 0, one-hot), or the features
// are row `outcome` of `values`, (n_outcomes, width). Without an outcome all features are 0.
struct CategoriesBlock {
  std::uint32_t column;
  Outcomes outcomes;
  std::size_t width = 0;
  std::vector<double> values{};
};

// The bin that the number of a column, after the steps, lies in: how many of the ascending
// edges[starts[j]] ... edges[starts[j + 1] - 1] are no larger. A feature a bin, or one a column.
struct BinsBlock {
  std::vector<std::uint32_t> columns;
  Steps steps;
  std::vector<double> edges;
  std::vector<std::uint32_t> starts;
  bool one_hot = false;

  std::size_t bin(std::size_t j, double x) const;
  std::size_t bins(std::size_t j) const { return starts[j + 1] - starts[j] + 1; }
};

// Feature k is the product of the columns' numbers, after the steps, to the powers (n_out, d) in
// row k, multiplied from the last column to the first.
struct PolynomialBlock {
  std::vector<std::uint32_t> columns;
  Steps steps;
  std::vector<std::uint8_t> powers;
  std::size_t n_out = 0;
};

using Block = std::variant<NumbersBlock, MissingBlock, CategoriesBlock, BinsBlock, PolynomialBlock>;

std::size_t feature_count(const Block& block);
// The columns that it reads.
std::vector<std::uint32_t> columns_of(const Block& block);
// Throws std::invalid_argument where the parts of a block do not fit together.
void check_block(const Block& block);

}  // namespace slimline::table
