#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {

TEST_CASE("bins counts the edges at or below each value, and puts NaN behind all bins") {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  Random random(1);
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    for (const std::size_t n_edges : {1U, 2U, 32U, 33U, 255U}) {
      std::vector<float> edges(n_edges);
      for (std::size_t e = 0; e < n_edges; ++e) edges[e] = static_cast<float>(e) / 2 - 3;
      for (int repeat = 0; repeat < 20; ++repeat) {
        float x[kernels::kSparseRows];
        for (float& value : x) value = static_cast<float>(random.below(600)) / 4 - 10;
        x[1] = kInf;
        x[2] = -kInf;
        x[3] = std::nanf("");
        x[4] = -std::nanf("");
        std::int32_t bins[kernels::kSparseRows];
        table->bins(x, edges.data(), n_edges, bins);
        for (std::size_t r = 0; r < kernels::kSparseRows; ++r) {
          std::size_t expected = 0;
          for (const float edge : edges) expected += edge <= x[r] ? 1 : 0;
          if (std::isnan(x[r])) expected = n_edges + 1;
          CHECK(static_cast<std::size_t>(bins[r]) == expected);
        }
      }
    }
  }
}

}  // namespace slimline
