#include "slimline/table/blocks.hpp"

#include <algorithm>
#include <cmath>

#include "slimline/error.hpp"
#include "slimline/size.hpp"

namespace slimline::table {
namespace {

struct Check {
  void operator()(const NumbersBlock&) const {}
  void operator()(const MissingBlock& block) const {
    const std::size_t d = block.columns.size();
    require(block.present.size() == d && block.missing.size() == d,
            "values must have two entries for each column");
  }
  void operator()(const CategoriesBlock& block) const {
    const auto n = static_cast<std::size_t>(block.outcomes.n_outcomes());
    require(block.values.size() == checked_product(n, block.width),
            "values must have a row for each outcome");
  }
  void operator()(const BinsBlock& block) const {
    const std::size_t d = block.columns.size();
    require(block.starts.size() == d + 1 && block.starts.front() == 0 &&
                block.starts.back() == block.edges.size() &&
                std::is_sorted(block.starts.begin(), block.starts.end()),
            "starts must begin with 0, ascend and end with the number of edges");
    for (std::size_t j = 0; j < d; ++j) {
      const double* edges = block.edges.data();
      require(std::is_sorted(edges + block.starts[j], edges + block.starts[j + 1]) &&
                  std::none_of(edges + block.starts[j], edges + block.starts[j + 1],
                               [](double edge) { return std::isnan(edge); }),
              "the edges of a column must ascend");
    }
  }
  void operator()(const PolynomialBlock& block) const {
    require(block.powers.size() == checked_product(block.n_out, block.columns.size()),
            "powers must have an entry for each column and feature");
  }
};

}  // namespace

std::size_t BinsBlock::bin(std::size_t j, double x) const {
  const double* begin = edges.data() + starts[j];
  return static_cast<std::size_t>(std::upper_bound(begin, edges.data() + starts[j + 1], x) - begin);
}

std::size_t feature_count(const Block& block) {
  if (const auto* categories = std::get_if<CategoriesBlock>(&block)) {
    return categories->width > 0 ? categories->width
                                 : static_cast<std::size_t>(categories->outcomes.n_outcomes());
  }
  if (const auto* bins = std::get_if<BinsBlock>(&block)) {
    return bins->columns.size() + (bins->one_hot ? bins->edges.size() : 0);
  }
  if (const auto* polynomial = std::get_if<PolynomialBlock>(&block)) return polynomial->n_out;
  return columns_of(block).size();
}

std::vector<std::uint32_t> columns_of(const Block& block) {
  return std::visit(
      [](const auto& b) -> std::vector<std::uint32_t> {
        if constexpr (requires { b.columns; }) {
          return b.columns;
        } else {
          return {b.column};
        }
      },
      block);
}

void check_block(const Block& block) { std::visit(Check(), block); }

}  // namespace slimline::table
