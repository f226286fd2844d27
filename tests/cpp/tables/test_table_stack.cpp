// A predictor of tables against its encoder and layers one after the other.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "inputs/table_examples.hpp"
#include "slimline/random.hpp"
#include "slimline/table_stack.hpp"

namespace slimline {
namespace {

using table::Encoder;

constexpr std::size_t kRows = 1500;

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

// A first layer behind a selection and a standardisation, and a second layer.
class Example {
 public:
  Example(Random& random, std::size_t n_features, std::size_t n_out, bool selects)
      : selects_(selects) {
    for (std::size_t j = 0; j < n_features; ++j) {
      if (!selects || j % 3 != 1) selected_.push_back(static_cast<std::int32_t>(j));
    }
    n_features_ = n_features;
    weight_ = random_matrix(random, n_out, selected_.size());
    bias_ = random_matrix(random, 1, n_out);
    offset_ = random_matrix(random, 1, selected_.size());
    exact_offset_.assign(offset_.row(0), offset_.row(0) + selected_.size());
    scale_ = random_matrix(random, 1, selected_.size());
    second_ = random_matrix(random, 3, n_out);
  }

  TableStack fused(std::shared_ptr<const Encoder> encoder, bool two) const {
    FirstLayer first{.weight = weight_.view(), .bias = row(bias_), .activation = "relu"};
    if (selects_) first.selected = selected_;
    first.offset = exact_offset_;
    first.scale = row(scale_);
    std::shared_ptr<Stack> rest;
    if (two) {
      rest = std::make_shared<Stack>(weight_.rows());
      rest->add(second());
    }
    return {std::move(encoder), first, std::move(rest)};
  }

  TableStack unfused(std::shared_ptr<const Encoder> encoder, bool two) const {
    auto whole = std::make_shared<Stack>(n_features_);
    if (selects_) whole->set_columns(selected_);
    whole->set_standardize(row(offset_), row(scale_));
    whole->add(DenseLayer(weight_.view(), row(bias_), "relu"));
    if (two) whole->add(second());
    return {std::move(encoder), std::move(whole)};
  }

 private:
  static std::span<const float> row(const Matrix<float>& m) { return {m.row(0), m.cols()}; }
  DenseLayer second() const {
    return {second_.view(), std::vector<float>(3, 0.5F), std::string("identity")};
  }

  bool selects_;
  std::size_t n_features_ = 0;
  std::vector<std::int32_t> selected_;
  std::vector<double> exact_offset_;
  Matrix<float> weight_, bias_, offset_, scale_, second_;
};

}  // namespace

TEST_CASE("a fused layer gives what features and layers do") {
  Random random(5);
  const auto rows = table::examples::rows(kRows);
  const auto columns = rows.columns();
  const auto encoder = std::make_shared<const Encoder>(table::examples::encoder());
  for (const std::size_t n_out : {1U, 2U, 19U}) {
    for (const auto& [selects, two] : {std::pair(false, false), {false, true}, {true, true}}) {
      const Example example(random, encoder->n_features(), n_out, selects);
      const TableStack fused = example.fused(encoder, two);
      const auto out = outputs(fused, columns);
      CHECK(close(out, outputs(example.unfused(encoder, two), columns)));
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
