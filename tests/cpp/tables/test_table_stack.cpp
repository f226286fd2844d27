// A predictor of tables against its encoder and layers one after the other.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "inputs/table_examples.hpp"
#include "slimline/random.hpp"
#include "slimline/table_stack.hpp"

namespace slimline {
namespace {

using table::Encoder;

constexpr std::size_t kRows = 1500;

struct Layers {
  Matrix<float> first;
  std::vector<float> first_bias;
  Matrix<float> second;
  std::vector<float> second_bias;
};

Matrix<float> random_matrix(Random& random, std::size_t rows, std::size_t cols) {
  Matrix<float> m(rows, cols);
  for (std::size_t i = 0; i < rows * cols; ++i) {
    m.view().data()[i] = static_cast<float>(random.below(2001)) / 1000 - 1;
  }
  return m;
}

Matrix<float> outputs(const TableStack& stack, std::span<const table::Column> columns,
                      int n_threads = 1) {
  Matrix<float> out(kRows, stack.n_outputs());
  stack.forward(columns, out.view(), n_threads);
  return out;
}

bool close(const Matrix<float>& a, const Matrix<float>& b) {
  const float* x = a.view().data();
  const float* y = b.view().data();
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::equal(x, x + a.rows() * a.cols(), y,
                    [](float u, float v) { return std::abs(u - v) <= 2e-5F * (1 + std::abs(u)); });
}

bool same(const Matrix<float>& a, const Matrix<float>& b) {
  const float* x = a.view().data();
  return std::equal(x, x + a.rows() * a.cols(), b.view().data());
}

}  // namespace

TEST_CASE("a fused layer gives what features and layers do") {
  Random random(5);
  const auto rows = table::examples::rows(kRows);
  const auto columns = rows.columns();
  const auto encoder = std::make_shared<const Encoder>(table::examples::encoder());
  const std::size_t d = encoder->n_features();
  std::vector<std::int32_t> all(d);
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::int32_t> some;
  for (const std::int32_t j : all) {
    if (j % 3 != 1) some.push_back(j);
  }
  for (const std::size_t n_out : {1U, 2U, 19U}) {
    for (const bool two : {false, true}) {
      for (const bool selects : {false, true}) {
        const auto& selected = selects ? some : all;
        const auto weight = random_matrix(random, n_out, selected.size());
        const auto bias = random_matrix(random, 1, n_out);
        const auto offset = random_matrix(random, 1, selected.size());
        const auto scale = random_matrix(random, 1, selected.size());
        const auto second = random_matrix(random, 3, n_out);
        const std::span bias_span(bias.row(0), n_out);
        const std::span offset_span(offset.row(0), selected.size());
        const std::span scale_span(scale.row(0), selected.size());
        const std::vector<float> second_bias(3, 0.5F);
        auto whole = std::make_shared<Stack>(d);
        if (selects) whole->set_columns(selected);
        whole->set_standardize(offset_span, scale_span);
        whole->add(DenseLayer(weight.view(), bias_span, "relu"));
        std::shared_ptr<Stack> rest;
        if (two) {
          whole->add(DenseLayer(second.view(), second_bias, "identity"));
          rest = std::make_shared<Stack>(n_out);
          rest->add(DenseLayer(second.view(), second_bias, "identity"));
        }
        const std::vector<double> offsets(offset_span.begin(), offset_span.end());
        FirstLayer first{.weight = weight.view(), .bias = bias_span, .activation = "relu"};
        if (selects) first.selected = selected;
        first.offset = offsets;
        first.scale = scale_span;
        const TableStack fused(encoder, first, rest);
        const TableStack unfused(encoder, whole);
        const auto out = outputs(fused, columns);
        CHECK(close(out, outputs(unfused, columns)));
        CHECK(same(out, outputs(fused, columns, 3)));
        std::vector<std::int64_t> places(kRows);
        fused.winners(columns, places, 2);
        std::vector<float> row(out.cols());
        for (std::size_t i = 0; i < kRows; i += 97) {
          fused.forward(rows.cells(i), row);
          CHECK(std::equal(row.begin(), row.end(), out.row(i)));
          CHECK(fused.winner(rows.cells(i)) == places[i]);
        }
      }
    }
  }
}

TEST_CASE("features that are mostly zero go on compressed") {
  Random random(9);
  Encoder encoder({table::ColumnKind::kCategory, table::ColumnKind::kNumber});
  std::vector<std::int64_t> keys(3000);
  std::iota(keys.begin(), keys.end(), 0);
  std::vector<std::int32_t> outcomes(keys.begin(), keys.end());
  encoder.add(table::CategoriesBlock{
      0, table::Outcomes(table::Keys::of_integers(keys), outcomes, -1, -1, 3000)});
  encoder.add(table::NumbersBlock{{1}, {}});
  const auto shared = std::make_shared<const Encoder>(std::move(encoder));
  const auto weight = random_matrix(random, 4, 3001);
  const std::vector<float> bias(4, 0.25F);
  auto layers = std::make_shared<Stack>(3001);
  layers->add(DenseLayer(weight.view(), bias, "identity"));
  std::vector<table::Column> columns(2);
  std::vector<std::int64_t> values;
  std::vector<double> numbers;
  for (std::size_t i = 0; i < kRows; ++i) {
    values.push_back(static_cast<std::int64_t>(random.below(3100)));
    numbers.push_back(static_cast<double>(random.below(9)));
  }
  columns[0].add({table::NumberType::kInt64, values.data(), 8, kRows});
  columns[1].add({table::NumberType::kFloat64, numbers.data(), 8, kRows});
  const auto out = outputs(TableStack(shared, layers), columns);
  const FirstLayer first{.weight = weight.view(), .bias = bias, .activation = "identity"};
  CHECK(close(out, outputs(TableStack(shared, first, nullptr), columns)));
}

TEST_CASE("what a fused layer cannot compute is named or refused") {
  Encoder encoder({table::ColumnKind::kNumber});
  encoder.add(table::NumbersBlock{{0}, table::Steps({{table::Op::kAffine, {0}, {1e300}}}, 1)});
  const auto shared = std::make_shared<const Encoder>(std::move(encoder));
  Matrix<float> weight(1, 1);
  weight(0, 0) = 1;
  const std::vector<float> bias(1);
  const FirstLayer first{.weight = weight.view(), .bias = bias, .activation = "relu"};
  const TableStack stack(shared, first, nullptr);
  std::vector<float> out(1);
  const auto forward = [&](double x) {
    const std::vector<table::Cell> cells{table::Cell::of_number(x)};
    stack.forward(cells, out);
  };
  CHECK_THROWS_AS(forward(1e10), table::CellError);     // beyond float64
  CHECK_THROWS_AS(forward(-1), std::invalid_argument);  // beyond float32
  CHECK_THROWS_AS(forward(table::examples::kNaN), table::CellError);
  CHECK_NOTHROW(forward(1e-290));
  const FirstLayer wide{.weight = {weight.view().data(), 1, 0}, .bias = bias, .activation = "relu"};
  CHECK_THROWS_AS(TableStack(shared, wide, nullptr), std::invalid_argument);
  CHECK_THROWS_AS(TableStack(shared, first, std::make_shared<Stack>(2)), std::invalid_argument);
}

}  // namespace slimline
