// Layers and stacks against naive loops; rows independent of batch and threads; shapes checked.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "slimline/layers/stack.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

std::vector<float> random_values(std::size_t n, Random& random) {
  std::vector<float> values(n);
  for (float& v : values) v = static_cast<float>(2 * random.uniform() - 1);
  return values;
}

struct Weights {
  std::size_t n_out;
  std::size_t n_in;
  std::vector<float> dense;
  std::vector<float> bias;
  std::vector<float> values;
  std::vector<std::int32_t> indices;
  std::vector<std::int32_t> indptr{0};
  std::vector<float> block_values;
  std::vector<std::int8_t> block_int8;
  std::vector<std::int32_t> blocks;
  std::vector<std::int32_t> block_indptr{0};
  std::vector<std::int8_t> int8;
  std::vector<float> scale;

  Weights(std::size_t out, std::size_t in, Random& random)
      : n_out(out),
        n_in(in),
        dense(random_values(out * in, random)),
        bias(random_values(out, random)) {
    for (std::size_t i = 0; i < out * in; ++i) {
      if (i % 3 == 0 || i / 8 % 2 == 0) dense[i] = 0;
    }
    for (std::size_t i = 0; i < out; ++i) {
      for (std::size_t j = 0; j < in; ++j) {
        const float w = dense[i * in + j];
        int8.push_back(static_cast<std::int8_t>(std::lround(w * 127)));
        if (w == 0) continue;
        values.push_back(w);
        indices.push_back(static_cast<std::int32_t>(j));
      }
      indptr.push_back(static_cast<std::int32_t>(values.size()));
      scale.push_back(1.0F / 127);
      add_blocks(i);
    }
  }
  void add_blocks(std::size_t i) {
    for (std::size_t begin = 0; begin < n_in; begin += 4) {
      std::array<float, 4> block{};
      for (std::size_t s = 0; begin + s < n_in && s < 4; ++s)
        block[s] = dense[i * n_in + begin + s];
      if (block == std::array<float, 4>{}) continue;
      blocks.push_back(static_cast<std::int32_t>(begin / 4));
      for (const float w : block) {
        block_values.push_back(w);
        block_int8.push_back(static_cast<std::int8_t>(std::lround(w * 127)));
      }
    }
    block_indptr.push_back(static_cast<std::int32_t>(blocks.size()));
  }
  Layer layer(const std::string& kind, const std::string& activation) const {
    if (kind == "dense") return DenseLayer({dense.data(), n_out, n_in}, bias, activation);
    if (kind == "sparse") return SparseLayer({values, indices, indptr, n_in, 1}, bias, activation);
    if (kind == "blocks") {
      return SparseLayer({block_values, blocks, block_indptr, n_in, 4}, bias, activation);
    }
    if (kind == "sparse_int8") {
      return SparseInt8Layer({block_int8, blocks, block_indptr, n_in, 4}, scale, bias, activation);
    }
    if (kind == "int8") return Int8Layer({int8.data(), n_out, n_in}, scale, bias, activation);
    return static_layer(activation);
  }
  // Inputs between -16 and 16, or -3.2 and 3.2 in a first layer; the lows go into the offset.
  Layer static_layer(const std::string& activation) const {
    const float low = n_in == 21 ? -3.2F : -16;
    const float step = -2 * low / 127;
    std::vector<float> scales(n_out, step / 127);
    std::vector<float> offset = bias;
    for (std::size_t i = 0; i < n_out; ++i) {
      for (std::size_t j = 0; j < n_in; ++j) offset[i] += low * dense[i * n_in + j];
    }
    return Int8StaticLayer({int8.data(), n_out, n_in}, scales, offset, {{&low, 1}, {&step, 1}},
                           activation);
  }
  std::vector<double> naive(const std::vector<double>& x) const {
    std::vector<double> y(n_out);
    for (std::size_t i = 0; i < n_out; ++i) {
      y[i] = static_cast<double>(bias[i]);
      for (std::size_t j = 0; j < n_in; ++j)
        y[i] += static_cast<double>(dense[i * n_in + j]) * x[j];
    }
    return y;
  }
};

}  // namespace

TEST_CASE("every kind of layer in a stack, any batch, any number of threads") {
  Random random(6);
  const std::size_t n_rows = 150;
  const std::size_t n_features = 21;
  const Weights first(19, n_features, random);
  const Weights second(3, 19, random);
  const std::vector<float> offset = random_values(n_features, random);
  const std::vector<float> scale(n_features, 1.5F);
  const std::vector<float> x = random_values(n_rows * n_features, random);
  const MatrixView<const float> X(x.data(), n_rows, n_features);
  for (const std::string kind :
       {"dense", "sparse", "blocks", "int8", "int8_static", "sparse_int8"}) {
    CAPTURE(kind);
    const double tolerance = kind.ends_with("int8") ? 0.3 : kind == "int8_static" ? 1.2 : 1e-4;
    Stack stack(n_features);
    stack.set_standardize(offset, scale);
    stack.add(first.layer(kind, "relu"));
    stack.add(second.layer(kind, "identity"));
    Matrix<float> out(n_rows, 3);
    stack.forward(X, out.view(), 1);
    for (std::size_t i = 0; i < n_rows; ++i) {
      std::vector<double> z(n_features);
      for (std::size_t j = 0; j < n_features; ++j) {
        z[j] = (static_cast<double>(X(i, j)) - static_cast<double>(offset[j])) * 1.5;
      }
      std::vector<double> hidden = first.naive(z);
      for (double& h : hidden) h = std::max(h, 0.0);
      const std::vector<double> y = second.naive(hidden);
      for (std::size_t j = 0; j < 3; ++j) {
        CHECK(std::abs(static_cast<double>(out(i, j)) - y[j]) < tolerance);
      }
      float alone[3];
      stack.forward(X.slice(i, i + 1), {alone, 1, 3}, 1);
      for (std::size_t j = 0; j < 3; ++j) CHECK(alone[j] == out(i, j));
    }
    for (const int n_threads : {2, 3, 8}) {
      Matrix<float> again(n_rows, 3);
      stack.forward(X, again.view(), n_threads);
      for (std::size_t i = 0; i < n_rows; ++i) CHECK(again(i, 2) == out(i, 2));
    }
  }
}

TEST_CASE("static layers in a chain: u7 handed on gives what floats in between give") {
  Random random(9);
  const Weights first(19, 21, random);
  const Weights second(3, 19, random);
  const std::vector<float> x = random_values(5 * 21, random);
  for (const std::string activation : {"identity", "relu", "tanh"}) {
    CAPTURE(activation);
    Stack chain(21);
    chain.add(first.layer("int8_static", activation));
    chain.add(second.layer("int8_static", "identity"));
    Stack one(21);
    one.add(first.layer("int8_static", activation));
    Stack two(19);
    two.add(second.layer("int8_static", "identity"));
    Matrix<float> expected(5, 3);
    Matrix<float> hidden(5, 19);
    Matrix<float> out(5, 3);
    one.forward({x.data(), 5, 21}, hidden.view(), 1);
    two.forward(std::as_const(hidden).view(), expected.view(), 1);
    chain.forward({x.data(), 5, 21}, out.view(), 1);
    for (std::size_t i = 0; i < 15; ++i) CHECK(out(i / 3, i % 3) == expected(i / 3, i % 3));
  }
}

TEST_CASE("winners: the first of the largest outputs, or whether one output is above zero") {
  const std::vector<float> eye{1, 0, 0, 0, 1, 0, 0, 0, 1};
  const std::vector<float> zeros(3);
  const std::vector<float> x{1, 2, 3, 0, 0, 0, -1, 5, 5, -2, -3, -1};
  Stack stack(3);
  stack.add(DenseLayer({eye.data(), 3, 3}, zeros, "identity"));
  std::vector<std::int64_t> places(4);
  stack.winners({x.data(), 4, 3}, places, 1);
  CHECK(places == std::vector<std::int64_t>{2, 0, 1, 2});
  Stack single(3);
  single.add(DenseLayer({eye.data(), 1, 3}, {zeros.data(), 1}, "identity"));
  single.winners({x.data(), 4, 3}, places, 1);
  CHECK(places == std::vector<std::int64_t>{1, 0, 0, 0});
  CHECK_THROWS_AS(single.winners({x.data(), 2, 3}, places, 1), std::invalid_argument);
}

TEST_CASE("what is not finite is refused, before and after") {
  Random random(10);
  const Weights weights(4, 6, random);
  for (const std::string kind :
       {"dense", "sparse", "blocks", "int8", "int8_static", "sparse_int8"}) {
    Stack stack(6);
    stack.add(weights.layer(kind, "tanh"));
    Matrix<float> X(70, 6);
    Matrix<float> out(70, 4);
    X(69, 5) = NAN;
    CHECK_THROWS_AS(stack.forward(std::as_const(X).view(), out.view(), 1), std::invalid_argument);
  }
}

TEST_CASE("pruned int8 layers give the bits of dense ones, pruned float blocks those of CSR") {
  Random random(16);
  for (const std::size_t n_in : {1, 4, 9, 32}) {
    for (const std::size_t n_out : {0, 1, 7, 8, 17}) {
      const Weights weights(n_out, n_in, random);
      for (const std::size_t m : {0, 1, 3, 4, 15, 16, 17, 33}) {
        const std::vector<float> x = random_values(m * n_in, random);
        const auto outputs = [&](const std::string& kind) {
          Matrix<float> out(m, n_out);
          Stack stack(n_in);
          stack.add(weights.layer(kind, "identity"));
          stack.forward(MatrixView<const float>(x.data(), m, n_in), out.view(), 1);
          return std::vector<float>(out.view().data(), out.view().data() + m * n_out);
        };
        CHECK(outputs("sparse_int8") == outputs("int8"));
        const std::vector<float> csr = outputs("sparse");
        const std::vector<float> blocks = outputs("blocks");
        for (std::size_t i = 0; i < csr.size(); ++i) CHECK(std::abs(csr[i] - blocks[i]) < 1e-5F);
      }
    }
  }
}

TEST_CASE("chosen columns: dense and sparse input, and what is refused") {
  const Weights weights = [] {
    Random random(17);
    return Weights(3, 2, random);
  }();
  Stack whole(2);
  whole.add(weights.layer("dense", "identity"));
  Stack chosen(4);
  chosen.set_columns(std::vector<std::int32_t>{1, 3});
  chosen.add(weights.layer("dense", "identity"));
  const std::vector<float> narrow{2, 5, 0, 7};
  const std::vector<float> wide{9, 2, 8, 5, 9, 0, 8, 7};
  Matrix<float> a(2, 3);
  Matrix<float> b(2, 3);
  Matrix<float> c(2, 3);
  whole.forward(MatrixView<const float>(narrow.data(), 2, 2), a.view(), 1);
  chosen.forward(MatrixView<const float>(wide.data(), 2, 4), b.view(), 1);
  const std::vector<std::int32_t> indices{0, 1, 2, 3, 0, 1, 2, 3};
  const std::vector<std::int32_t> indptr{0, 4, 8};
  chosen.forward(CsrView<float, std::int32_t>(wide, indices, indptr, 4), c.view(), 1);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(a.view().data()[i] == b.view().data()[i]);
    CHECK(a.view().data()[i] == c.view().data()[i]);
  }
  Stack other(4);
  CHECK_THROWS_AS(other.set_columns(std::vector<std::int32_t>{4}), std::invalid_argument);
  CHECK_THROWS_AS(other.set_columns(std::vector<std::int32_t>{2, 1}), std::invalid_argument);
  CHECK_THROWS_AS(chosen.set_columns(std::vector<std::int32_t>{1}), std::invalid_argument);
}

TEST_CASE("offsets in float64: columns far from zero keep what float32 would round away") {
  const std::vector<double> offset{1.7e9, -4e12};
  const std::vector<float> scale{1e-3F, 0.5F};
  const std::vector<float> eye{1, 0, 0, 1};
  const std::vector<float> zeros(2);
  const std::vector<std::int32_t> columns{1, 2};
  Stack stack(3);
  stack.set_columns(columns);
  stack.set_standardize(offset, scale);
  stack.add(DenseLayer({eye.data(), 2, 2}, zeros, "identity"));
  CHECK(stack.takes_double());
  const std::vector<double> x{0, 1.7e9 + 250, -4e12 + 3, 7, 1.7e9 - 1, -4e12};
  const MatrixView<const double> X(x.data(), 2, 3);
  Matrix<float> out(2, 2);
  stack.forward(X, out.view(), 1);
  CHECK(out(0, 0) == 0.25F);
  CHECK(out(0, 1) == 1.5F);
  CHECK(out(1, 0) == -1e-3F);
  CHECK(out(1, 1) == 0.0F);
  std::vector<std::int64_t> places(2);
  stack.winners(X, places, 1);
  CHECK(places == std::vector<std::int64_t>{1, 1});
  const std::vector<std::int32_t> indices{0, 1, 2, 0, 1, 2};
  const std::vector<std::int32_t> indptr{0, 3, 6};
  Matrix<float> sparse(2, 2);
  stack.forward(CsrView<double, std::int32_t>(x, indices, indptr, 3), sparse.view(), 1);
  for (std::size_t i = 0; i < 4; ++i) CHECK(sparse(i / 2, i % 2) == out(i / 2, i % 2));
  // Rows of float32 are standardised in float64 too.
  const std::vector<float> rounded(x.begin(), x.end());
  stack.forward(MatrixView<const float>(rounded.data(), 2, 3), out.view(), 1);
  CHECK(out(0, 0) == static_cast<float>((static_cast<double>(rounded[1]) - 1.7e9) *
                                        static_cast<double>(scale[0])));
  // What float32 cannot hold even standardised.
  const std::vector<double> huge{0, 1e300, 0};
  CHECK_THROWS_AS(
      stack.forward(MatrixView<const double>(huge.data(), 1, 3), out.view().slice(0, 1), 1),
      std::invalid_argument);
  Stack plain(3);
  plain.add(DenseLayer({eye.data(), 1, 3}, {zeros.data(), 1}, "identity"));
  CHECK_THROWS_AS(plain.winners(X, places, 1), std::invalid_argument);
}

TEST_CASE("pruned weights that do not fit together are refused") {
  const std::vector<float> values(8, 1);
  const std::vector<float> bias(2);
  const std::vector<std::int32_t> indptr{0, 1, 2};
  const auto make = [&](const std::vector<std::int32_t>& indices,
                        const std::vector<std::int32_t>& ends, std::size_t n_in, std::size_t unit) {
    return SparseLayer({values, indices, ends, n_in, unit}, bias, "identity");
  };
  CHECK_NOTHROW(make({0, 1}, indptr, 5, 4));
  CHECK_THROWS_AS(make({0, 2}, indptr, 8, 4), std::invalid_argument);
  CHECK_THROWS_AS(make({0, -1}, indptr, 8, 4), std::invalid_argument);
  CHECK_THROWS_AS(make({0, 1}, indptr, 8, 1), std::invalid_argument);
  CHECK_THROWS_AS(make({0, 1}, indptr, 8, 2), std::invalid_argument);
  CHECK_THROWS_AS(make({0, 1}, {0, 2, 1}, 8, 4), std::invalid_argument);
  CHECK_THROWS_AS(make({0, 1}, {0, 1, 1}, 8, 4), std::invalid_argument);
  const std::vector<std::int8_t> lowest(4, -128);
  const std::vector<std::int32_t> one{0};
  const std::vector<std::int32_t> ends{0, 1};
  const std::vector<float> scale(1, 1.0F);
  CHECK_THROWS_AS(SparseInt8Layer({lowest, one, ends, 4, 4}, scale, scale, "identity"),
                  std::invalid_argument);
}

TEST_CASE("sparse input equals dense input") {
  Random random(7);
  const Weights weights(4, 6, random);
  Stack stack(6);
  stack.add(weights.layer("dense", "identity"));
  const std::vector<float> values{1, -2, 0.5F};
  const std::vector<std::int64_t> indices{0, 5, 3};
  const std::vector<std::int64_t> indptr{0, 2, 2, 3};
  const std::vector<float> dense{1, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5F, 0, 0};
  Matrix<float> a(3, 4);
  Matrix<float> b(3, 4);
  stack.forward(CsrView<float, std::int64_t>(values, indices, indptr, 6), a.view(), 2);
  stack.forward(MatrixView<const float>(dense.data(), 3, 6), b.view(), 1);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 4; ++j) CHECK(a(i, j) == b(i, j));
  }
}

TEST_CASE("rows of few values give the bits of whole rows, whatever comes after the first layer") {
  Random random(9);
  const std::size_t n_rows = 70;
  const std::size_t n_features = 400;
  std::vector<float> dense(n_rows * n_features);
  std::vector<float> values;
  std::vector<std::int32_t> indices;
  std::vector<std::int32_t> indptr{0};
  for (std::size_t i = 0; i < n_rows; ++i) {
    for (std::size_t j = i % 7; j < n_features; j += 3 + i % 11 * 9) {  // of many and of few
      values.push_back(static_cast<float>(random.uniform() - 0.5));
      indices.push_back(static_cast<std::int32_t>(j));
      dense[i * n_features + j] = values.back();
    }
    indptr.push_back(static_cast<std::int32_t>(values.size()));
  }
  for (const std::size_t n_out : {1, 16, 23, 90}) {
    const Weights first(n_out, n_features, random);
    const Weights second(3, n_out, random);
    for (const std::string kind : {"dense", "sparse", "int8"}) {
      for (const bool selects : {false, true}) {
        Stack stack(n_features);
        if (selects) {
          std::vector<std::int32_t> columns;
          for (std::int32_t j = 1; j < 400; j += 2) columns.push_back(j);
          stack.set_columns(columns);
          stack.add(Weights(n_out, columns.size(), random).layer(kind, "relu"));
        } else {
          stack.add(first.layer(kind, "relu"));
        }
        if (n_out == 23) stack.add(second.layer("dense", "tanh"));
        Matrix<float> a(n_rows, stack.n_outputs());
        Matrix<float> b(n_rows, stack.n_outputs());
        stack.forward(CsrView<float, std::int32_t>(values, indices, indptr, n_features), a.view(),
                      2);
        stack.forward(MatrixView<const float>(dense.data(), n_rows, n_features), b.view(), 1);
        for (std::size_t k = 0; k < n_rows * stack.n_outputs(); ++k) {
          CHECK(a.view().data()[k] == b.view().data()[k]);
        }
      }
    }
  }
}

TEST_CASE("few outputs of many inputs: whole and sparse rows, pruned weights, the same bits") {
  const std::size_t n_in = 70'000;
  const std::vector<float> bias{0.5F, -1};
  std::vector<float> weight(2 * n_in);
  std::vector<float> kept;
  std::vector<std::uint8_t> bitmap((2 * n_in + 7) / 8);
  for (std::size_t k = 0; k < weight.size(); k += 3) {
    weight[k] = static_cast<float>(k % 17) - 8;
    kept.push_back(weight[k]);
    bitmap[k / 8] = static_cast<std::uint8_t>(bitmap[k / 8] | (128U >> k % 8));
  }
  const std::vector<float> values{1, -2, 0.25F, 3};
  const std::vector<std::int32_t> indices{0, 3, 40'000, 69'999};
  const std::vector<std::int32_t> indptr{0, 4};
  std::vector<float> x(n_in);
  for (std::size_t k = 0; k < 4; ++k) x[static_cast<std::size_t>(indices[k])] = values[k];
  const KeptUnits<float> units{.values = kept,
                               .code = {UnitCode::Kind::kBitmap, bitmap, {}},
                               .n_out = 2,
                               .n_in = n_in,
                               .unit = 1};
  for (const bool pruned : {false, true}) {
    Stack stack(n_in);
    stack.add(pruned ? DenseLayer(units, bias, "relu")
                     : DenseLayer({weight.data(), 2, n_in}, bias, "relu"));
    float a[2];
    float b[2];
    stack.forward(CsrView<float, std::int32_t>(values, indices, indptr, n_in), {a, 1, 2}, 1);
    stack.forward(MatrixView<const float>(x.data(), 1, n_in), {b, 1, 2}, 1);
    for (std::size_t o = 0; o < 2; ++o) {
      double sum = static_cast<double>(bias[o]);
      for (std::size_t j = 0; j < n_in; ++j) {
        sum += static_cast<double>(weight[o * n_in + j]) * static_cast<double>(x[j]);
      }
      CHECK(a[o] == doctest::Approx(std::max(0.0, sum)));
      CHECK(a[o] == b[o]);
    }
  }
}

TEST_CASE("every activation by its formula") {
  for (const std::string& name : activation_names()) {
    std::vector<float> z{-200, -1, 0, 0.5F, 200};
    make_activation(name)(z.data(), z.size());
    const float half = z[3];
    if (name == "identity") CHECK(half == 0.5F);
    if (name == "relu") CHECK((half == 0.5F && z[1] == 0));
    if (name == "tanh") CHECK((half == doctest::Approx(std::tanh(0.5)) && z[0] == -1 && z[4] == 1));
    if (name == "logistic") CHECK((z[2] == 0.5F && z[0] == 0 && z[4] == 1));
  }
  CHECK_THROWS_AS(make_activation("swish"), std::invalid_argument);
}

TEST_CASE("parts that do not fit are refused") {
  Random random(8);
  const Weights weights(4, 6, random);
  Stack stack(5);
  CHECK_THROWS_AS(stack.add(weights.layer("dense", "identity")), std::invalid_argument);
  CHECK_THROWS_AS(stack.set_standardize(weights.bias, weights.bias), std::invalid_argument);
  float y = 0;
  const MatrixView<const float> none(&y, 0, 5);
  CHECK_THROWS_AS(stack.forward(none, {&y, 0, 4}, 1), std::invalid_argument);
}

}  // namespace slimline
