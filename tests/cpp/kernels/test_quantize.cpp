// Quantizing kernels: error bounds, exact zeros, extremes, and the same bits on every table.
#include <doctest/doctest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/quantize.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

std::vector<float> random_row(std::size_t n, float scale, Random& random) {
  std::vector<float> row(n);
  for (float& v : row) v = scale * static_cast<float>(2 * random.uniform() - 0.7);
  return row;
}

}  // namespace

TEST_CASE("rows come back within half a step, zero exactly, the same on every table") {
  Random random(3);
  for (std::size_t n = 0; n <= 70; ++n) {
    for (const float size : {1e-30F, 1e-3F, 1.0F, 1e6F, 1e38F}) {
      const std::vector<float> x = random_row(n, size, random);
      std::vector<std::uint8_t> first(n);
      const auto row =
          kernels::available_tables()[0]->quantize.quantize_row(x.data(), n, first.data());
      CHECK(row.scale > 0);
      CHECK((row.zero_point >= 0 && row.zero_point <= 127));
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(first[i] <= 127);
        const double back = static_cast<double>(row.scale) * (first[i] - row.zero_point);
        CHECK(std::abs(back - static_cast<double>(x[i])) <= 1.001 * static_cast<double>(row.scale));
      }
      for (const kernels::KernelTable* table : kernels::available_tables()) {
        std::vector<std::uint8_t> q(n);
        const auto again = table->quantize.quantize_row(x.data(), n, q.data());
        CHECK(q == first);
        CHECK(again.scale == row.scale);
        CHECK(again.zero_point == row.zero_point);
      }
    }
  }
}

TEST_CASE("zeros, constants and extremes") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    const auto quantize = [&](const std::vector<float>& x) {
      std::vector<std::uint8_t> q(x.size());
      const auto row = table->quantize.quantize_row(x.data(), x.size(), q.data());
      std::vector<double> back;
      for (const auto v : q) back.push_back(static_cast<double>(row.scale) * (v - row.zero_point));
      return back;
    };
    CHECK(quantize({0, 0, 0}) == std::vector<double>{0, 0, 0});
    CHECK(quantize({5, 5})[0] == doctest::Approx(5));
    CHECK(quantize({-5, -5, 0})[0] == doctest::Approx(-5));
    CHECK(quantize({-5, -5, 0})[2] == 0);
    const auto huge = quantize({FLT_MAX, -FLT_MAX, 0});
    CHECK(huge[2] == 0);
    CHECK(std::isfinite(huge[0]));
    for (const float wrong : {INFINITY, -INFINITY, NAN}) {
      for (const std::size_t place : {0U, 17U, 19U}) {
        std::vector<std::uint8_t> q(20, 9);
        std::vector<float> x(20, 1);
        x[place] = wrong;
        const auto row = table->quantize.quantize_row(x.data(), x.size(), q.data());
        CHECK((std::isnan(row.scale) && row.zero_point == 0));
        CHECK(q == std::vector<std::uint8_t>(20));
      }
    }
    const auto tiny = quantize({1e-44F, 0});
    CHECK(std::abs(tiny[0]) <= 1e-37);
  }
}

TEST_CASE("sums go on to float32 and u7 the same on every table, zero points taken off") {
  Random random(4);
  for (std::size_t n = 0; n <= 70; ++n) {
    std::vector<std::int32_t> acc(n);
    std::vector<std::int32_t> sums(n);
    for (std::size_t j = 0; j < n; ++j) {
      acc[j] = static_cast<std::int32_t>(random.below(2000000)) - 1000000;
      sums[j] = static_cast<std::int32_t>(random.below(2000)) - 1000;
    }
    const std::vector<float> scale = random_row(n, 1, random);
    const std::vector<float> bias = random_row(n, 1, random);
    const std::vector<float> low = random_row(n, 1e5F, random);
    const std::vector<float> inverse = random_row(n, 1e-3F, random);
    const kernels::RowScale row{0.37F, 41};
    for (const bool relu : {false, true}) {
      const kernels::Outputs outputs{sums.data(), scale.data(), bias.data(), relu};
      for (const kernels::KernelTable* table : kernels::available_tables()) {
        CAPTURE(table->name);
        std::vector<float> y(n);
        std::vector<std::uint8_t> q(n);
        table->quantize.to_float(acc.data(), row, outputs, n, y.data());
        table->quantize.to_u7(acc.data(), row, outputs, {low.data(), inverse.data()}, n, q.data());
        for (std::size_t j = 0; j < n; ++j) {
          const float factor = row.scale * scale[j];
          const float product = static_cast<float>(acc[j] - 41 * sums[j]) * factor;
          const float z = product + bias[j];
          CHECK(y[j] == (relu && z < 0 ? 0.0F : z));
          const float level = std::nearbyint((y[j] - low[j]) * inverse[j]);
          CHECK(q[j] == std::clamp(level, 0.0F, 127.0F));
        }
      }
    }
  }
}

TEST_CASE("levels: rounded half to even, clamped, NaN to 0, the same on every table") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    const std::vector<float> x{0,    0.5F, 1.5F, 2.5F,  126.5F,    127.5F,   -0.5F, -3,
                               1e9F, 1e30, -1e9, -1e30, -INFINITY, INFINITY, NAN,   63.4F};
    const std::vector<int> expected{0, 0, 2, 2, 126, 127, 0, 0, 127, 127, 0, 0, 0, 127, 0, 63};
    for (std::size_t n = 0; n <= 50; ++n) {
      std::vector<float> values(n);
      for (std::size_t i = 0; i < n; ++i) values[i] = 2 * (x[i % x.size()] + 5);
      const std::vector<float> low(n, 10);
      const std::vector<float> inverse(n, 0.5F);
      std::vector<std::uint8_t> q(n + 1, 9);
      table->quantize.quantize_levels(values.data(), {low.data(), inverse.data()}, n, q.data());
      for (std::size_t i = 0; i < n; ++i) CHECK(q[i] == expected[i % x.size()]);
      CHECK(q[n] == 9);
    }
  }
}

TEST_CASE("weights: symmetric, rounded to half a step, one scale a row or for all") {
  Random random(5);
  std::vector<float> w = random_row(60, 3, random);
  for (std::size_t j = 0; j < 12; ++j) w[j] = 0;
  const MatrixView<const float> W(w.data(), 5, 12);
  for (const Per per : {Per::kChannel, Per::kTensor}) {
    std::vector<std::int8_t> q(60);
    std::vector<float> scale(5);
    quantize_weight(W, per, {q.data(), 5, 12}, scale);
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(scale[i] > 0);
      for (std::size_t j = 0; j < 12; ++j) {
        const double back = static_cast<double>(scale[i]) * q[i * 12 + j];
        CHECK(std::abs(back - static_cast<double>(W(i, j))) <=
              0.5001 * static_cast<double>(scale[i]));
        CHECK(q[i * 12 + j] >= -127);
      }
    }
    CHECK((scale[0] == 1) == (per == Per::kChannel));
  }
  w[3] = NAN;
  std::vector<std::int8_t> q(60);
  std::vector<float> scale(5);
  CHECK_THROWS_AS(quantize_weight(W, Per::kChannel, {q.data(), 5, 12}, scale),
                  std::invalid_argument);
}

}  // namespace slimline
