// The weights that a pruned layer keeps: every code against the dense weights it stands for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "slimline/gemm.hpp"
#include "slimline/kept_units.hpp"
#include "slimline/layers/stack.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

// Weights (n_out, n_in) of which about one unit in `sparsity` is kept, and a code of them.
template <class T>
struct Case {
  std::size_t n_out;
  std::size_t n_in;
  std::size_t unit;
  std::vector<T> dense;
  std::vector<T> values;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint16_t> words;

  Case(std::size_t out, std::size_t in, std::size_t u, std::uint64_t sparsity, UnitCode::Kind kind)
      : n_out(out), n_in(in), unit(u), dense(out * in), kind_(kind) {
    Random random(out * 31 + in);
    const std::size_t per_row = (in + u - 1) / u;
    if (kind == UnitCode::Kind::kBitmap) bytes.resize((out * per_row + 7) / 8);
    for (std::size_t number = 0; number < out * per_row; ++number) {
      if (static_cast<std::uint64_t>(random.uniform() * 1000) % sparsity != 0) continue;
      add(number);
      for (std::size_t s = 0; s < u; ++s) {
        const std::size_t column = number % per_row * u + s;
        const auto value = static_cast<T>(static_cast<int>(random.uniform() * 100) - 50);
        values.push_back(column < in ? value : T{});
        if (column < in) dense[number / per_row * in + column] = value;
      }
    }
  }
  void add(std::size_t number) {
    if (kind_ == UnitCode::Kind::kBitmap) {
      bytes[number / 8] = static_cast<std::uint8_t>(bytes[number / 8] | (128U >> number % 8));
      return;
    }
    const std::size_t longest = kind_ == UnitCode::Kind::kDelta8 ? UINT8_MAX : UINT16_MAX;
    std::size_t gap = number - next_;
    for (; gap >= longest; gap -= longest) push(longest);
    push(gap);
    next_ = number + 1;
  }
  void push(std::size_t gap) {
    if (kind_ == UnitCode::Kind::kDelta8) bytes.push_back(static_cast<std::uint8_t>(gap));
    if (kind_ == UnitCode::Kind::kDelta16) words.push_back(static_cast<std::uint16_t>(gap));
  }
  KeptUnits<T> kept() const {
    return {.values = values,
            .code = {.kind = kind_, .bytes = bytes, .words = words},
            .n_out = n_out,
            .n_in = n_in,
            .unit = unit};
  }

 private:
  UnitCode::Kind kind_;
  std::size_t next_ = 0;
};

template <class T, class Check>
void for_every_code(const Check& check) {
  for (const auto kind :
       {UnitCode::Kind::kBitmap, UnitCode::Kind::kDelta8, UnitCode::Kind::kDelta16}) {
    for (const std::size_t unit : {1, 4}) {
      for (const auto& [n_out, n_in] : {std::pair<std::size_t, std::size_t>{1, 1},
                                        {5, 7},
                                        {33, 40},
                                        {17, 2},
                                        {3, 1001},
                                        {2, 0},
                                        {0, 3}}) {
        for (const std::uint64_t sparsity : {1, 3, 900}) {
          check(Case<T>(n_out, n_in, unit, sparsity, kind));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("units expand to the weights they stand for, and are counted", T, float,
                   std::int8_t) {
  for_every_code<T>([](const Case<T>& c) {
    check_units(c.kept());
    Matrix<T> out(c.n_out, c.n_in);
    expand_units(c.kept(), out.view());
    std::size_t n_blocks = 0;
    for (std::size_t i = 0; i < c.n_out; ++i) {
      for (std::size_t j = 0; j < c.n_in; j += 4) {
        bool kept = false;
        for (std::size_t k = j; k < std::min(j + 4, c.n_in); ++k) {
          CHECK(out(i, k) == c.dense[i * c.n_in + k]);
          kept |= out(i, k) != T{};
        }
        n_blocks += kept ? 1 : 0;
      }
    }
    CHECK(count_blocks(c.kept()) == n_blocks);
  });
}

TEST_CASE("int8 units times a scale per output and a power of two per input that is used") {
  for_every_code<std::int8_t>([](const Case<std::int8_t>& c) {
    std::vector<std::uint32_t> used;
    for (std::size_t j = 0; j < c.n_in; ++j) {
      for (std::size_t i = 0; i < c.n_out; ++i) {
        if (c.dense[i * c.n_in + j] == 0) continue;
        used.push_back(static_cast<std::uint32_t>(j));
        break;
      }
    }
    CHECK(used_inputs(c.kept()) == used);
    std::vector<float> scale(c.n_out);
    for (std::size_t i = 0; i < c.n_out; ++i) scale[i] = 0.1F * static_cast<float>(i + 1);
    std::vector<std::int8_t> exponent(used.size());
    for (std::size_t k = 0; k < used.size(); ++k) {
      exponent[k] = static_cast<std::int8_t>(static_cast<int>(k % 40) - 30);
    }
    std::vector<float> values(c.values.size(), NAN);
    scale_units(c.kept(), scale, exponent, values);
    Matrix<float> out(c.n_out, c.n_in);
    const KeptUnits<float> scaled{
        .values = values, .code = c.kept().code, .n_out = c.n_out, .n_in = c.n_in, .unit = c.unit};
    check_units(scaled);
    expand_units(scaled, out.view());
    for (std::size_t i = 0; i < c.n_out; ++i) {
      for (std::size_t k = 0; k < used.size(); ++k) {
        const auto weight = static_cast<float>(c.dense[i * c.n_in + used[k]]);
        CHECK(out(i, used[k]) == std::ldexp(weight * scale[i], exponent[k]));
      }
    }
    exponent.push_back(0);
    CHECK_THROWS_AS(scale_units(c.kept(), scale, exponent, values), std::invalid_argument);
  });
}

TEST_CASE("layers of kept units compute what layers of whole weights do, to the bit") {
  for_every_code<float>([](const Case<float>& c) {
    if (c.n_in == 0 || c.n_out == 0) return;
    const std::vector<float> bias(c.n_out, 0.5F);
    DenseLayer whole({c.dense.data(), c.n_out, c.n_in}, bias, "relu");
    Random random(3);
    Matrix<float> X(21, c.n_in);
    for (std::size_t i = 0; i < 21 * c.n_in; ++i) {
      X.view().data()[i] = static_cast<float>(random.uniform() - 0.5);
    }
    const auto outputs = [&](Layer layer) {
      Stack stack(c.n_in);
      stack.add(std::move(layer));
      Matrix<float> out(21, c.n_out);
      stack.forward(std::as_const(X).view(), out.view(), 1);
      return out;
    };
    const auto expected = outputs(std::move(whole));
    const auto dense = outputs(DenseLayer(c.kept(), bias, "relu"));
    const auto csr = outputs(SparseLayer(c.kept(), 1, bias, "relu"));
    const auto blocks = outputs(SparseLayer(c.kept(), 4, bias, "relu"));
    for (std::size_t i = 0; i < 21 * c.n_out; ++i) {
      const float y = expected.view().data()[i];
      CHECK(dense.view().data()[i] == y);
      CHECK(csr.view().data()[i] == doctest::Approx(y).epsilon(1e-4));
      CHECK(blocks.view().data()[i] == doctest::Approx(y).epsilon(1e-4));
    }
  });
}

TEST_CASE("integer layers of kept units compute what layers of whole weights do, to the bit") {
  for_every_code<std::int8_t>([](const Case<std::int8_t>& c) {
    if (c.n_in == 0 || c.n_out == 0) return;
    const std::vector<float> ones(c.n_out, 1.0F);
    Int8Layer whole({c.dense.data(), c.n_out, c.n_in}, ones, ones, "identity");
    std::vector<float> x(c.n_in);
    for (std::size_t j = 0; j < c.n_in; ++j) x[j] = static_cast<float>(j % 13) - 6;
    const auto outputs = [&](Layer layer) {
      Stack stack(c.n_in);
      stack.add(std::move(layer));
      std::vector<float> out(c.n_out);
      stack.forward(MatrixView<const float>(x.data(), 1, c.n_in), {out.data(), 1, c.n_out}, 1);
      return out;
    };
    const auto expected = outputs(std::move(whole));
    CHECK(outputs(Int8Layer(c.kept(), ones, ones, "identity")) == expected);
    CHECK(outputs(SparseInt8Layer(c.kept(), ones, ones, "identity")) == expected);
  });
}

TEST_CASE("wide pruned layers make no room for what no weight reads") {
  // 10^9 inputs: a row of them all would take 4 GB.
  const std::size_t n_in = 1'000'000'000;
  const std::vector<float> values{2, 3, -1, 4};
  std::vector<std::uint16_t> words;
  auto skip_to = [&words, next = std::size_t{0}](std::size_t number) mutable {
    for (; number - next >= UINT16_MAX; next += UINT16_MAX) words.push_back(UINT16_MAX);
    words.push_back(static_cast<std::uint16_t>(number - next));
    next = number + 1;
  };
  for (const std::size_t number : {std::size_t{5}, n_in - 1, n_in + 5, n_in + 77'777'777}) {
    skip_to(number);
  }
  const KeptUnits<float> kept{.values = values,
                              .code = {UnitCode::Kind::kDelta16, {}, words},
                              .n_out = 2,
                              .n_in = n_in,
                              .unit = 1};
  const std::vector<float> row{1, 10, 100, 1000};
  const std::vector<std::int64_t> indices{5, 6, 77'777'777, 999'999'999};
  const std::vector<std::int64_t> indptr{0, 4};
  for (const std::size_t unit : {1, 4}) {
    Stack stack(n_in);
    stack.add(SparseLayer(kept, unit, std::vector<float>{0.5F, 0}, "identity"));
    Matrix<float> out(1, 2);
    stack.forward(CsrView<float, std::int64_t>(row, indices, indptr, n_in), out.view(), 1);
    CHECK(out(0, 0) == 3002.5F);
    CHECK(out(0, 1) == 399.0F);
  }
}

TEST_CASE("units that do not fit together are refused") {
  const std::vector<float> values{1, 2};
  const auto check = [&](std::vector<std::uint8_t> bytes, UnitCode::Kind kind, std::size_t n_out,
                         std::size_t n_in, std::size_t unit = 1) {
    const KeptUnits<float> kept{.values = values,
                                .code = {.kind = kind, .bytes = bytes, .words = {}},
                                .n_out = n_out,
                                .n_in = n_in,
                                .unit = unit};
    check_units(kept);
  };
  using enum UnitCode::Kind;
  CHECK_NOTHROW(check({1, 0}, kDelta8, 1, 3));
  CHECK_THROWS_AS(check({1, 1}, kDelta8, 1, 3), std::invalid_argument);
  CHECK_THROWS_AS(check({1}, kDelta8, 1, 3), std::invalid_argument);
  CHECK_THROWS_AS(check({1, 0, 255}, kDelta8, 1, 900), std::invalid_argument);
  CHECK_THROWS_AS(check({1, 0}, kDelta8, 1, 3, 2), std::invalid_argument);
  CHECK_NOTHROW(check({0xA0}, kBitmap, 1, 3));
  CHECK_THROWS_AS(check({0xA0, 0}, kBitmap, 1, 3), std::invalid_argument);
  CHECK_THROWS_AS(check({0x82}, kBitmap, 1, 3), std::invalid_argument);
  // 2^64 units wrap to none.
  CHECK_THROWS_AS(check({1, 0}, kDelta8, std::size_t{1} << 32U, std::size_t{1} << 32U),
                  std::length_error);
}

}  // namespace slimline
