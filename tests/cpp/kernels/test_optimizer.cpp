// Optimizer steps against their formulas in double, on every table and at every tail.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

std::vector<float> random_values(std::size_t n, double low, double high, Random& random) {
  std::vector<float> values(n + 1);
  for (float& v : values) v = static_cast<float>(low + (high - low) * random.uniform());
  return values;
}

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-5); }

}  // namespace

TEST_CASE("adam and momentum steps follow their formulas") {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    Random random(3);
    for (const std::size_t n : {0U, 1U, 3U, 4U, 5U, 7U, 8U, 9U, 15U, 16U, 17U, 100U}) {
      CAPTURE(n);
      const auto g = random_values(n, -1, 1, random);
      const auto m = random_values(n, -1, 1, random);
      const auto v = random_values(n, 0, 1, random);
      const auto w = random_values(n, -1, 1, random);
      auto m1 = m;
      auto v1 = v;
      auto w1 = w;
      // From 1 on: unaligned.
      table->optimizer.adam({.rate = 0.1F,
                             .shrink = 0.9F,
                             .l2 = 0.5F,
                             .beta_1 = 0.9F,
                             .beta_2 = 0.99F,
                             .epsilon = 1e-3F},
                            n, g.data() + 1, m1.data() + 1, v1.data() + 1, w1.data() + 1);
      auto m2 = m;
      auto w2 = w;
      table->optimizer.momentum({.rate = 0.1F, .l2 = 0.5F, .momentum = 0.9F, .nesterov = false}, n,
                                g.data() + 1, m2.data() + 1, w2.data() + 1);
      auto m3 = m;
      auto w3 = w;
      table->optimizer.momentum({.rate = 0.1F, .l2 = 0.5F, .momentum = 0.9F, .nesterov = true}, n,
                                g.data() + 1, m3.data() + 1, w3.data() + 1);
      CHECK(m1[0] == m[0]);
      CHECK(v1[0] == v[0]);
      CHECK(w1[0] == w[0]);
      for (std::size_t i = 1; i <= n; ++i) {
        const double slope = double{g[i]} + 0.5 * double{w[i]};
        const double mean = 0.9 * double{m[i]} + 0.1 * slope;
        const double square = 0.99 * double{v[i]} + 0.01 * slope * slope;
        CHECK(double{m1[i]} == near(mean));
        CHECK(double{v1[i]} == near(square));
        CHECK(double{w1[i]} == near(0.9 * double{w[i]} - 0.1 * mean / (std::sqrt(square) + 1e-3)));
        const double move = 0.9 * double{m[i]} - 0.1 * slope;
        CHECK(double{m2[i]} == near(move));
        CHECK(double{w2[i]} == near(double{w[i]} + move));
        CHECK(double{m3[i]} == near(move));
        CHECK(double{w3[i]} == near(double{w[i]} + 0.9 * move - 0.1 * slope));
      }
    }
  }
}

}  // namespace slimline
