// The sparse product against a naive loop, and the same bits on every table.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"

namespace slimline {

using kernels::kSparseRows;

TEST_CASE("sparse products match the naive loop, with the same bits on every table") {
  Random random(9);
  constexpr std::size_t kColumns = 33;
  std::vector<float> xt(kColumns * kSparseRows + 1);
  for (float& v : xt) v = static_cast<float>(2 * random.uniform() - 1);
  for (std::size_t n = 0; n <= 21; ++n) {
    std::vector<float> values(n);
    std::vector<std::int32_t> indices(n);
    for (float& v : values) v = static_cast<float>(2 * random.uniform() - 1);
    for (auto& j : indices) j = static_cast<std::int32_t>(random.below(kColumns));
    std::vector<float> first(kSparseRows);
    kernels::available_tables()[0]->sparse.dot_rows(values.data(), indices.data(), n, xt.data() + 1,
                                                    first.data());
    for (std::size_t r = 0; r < kSparseRows; ++r) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const auto column = static_cast<std::size_t>(indices[k]);
        sum +=
            static_cast<double>(values[k]) * static_cast<double>(xt[1 + column * kSparseRows + r]);
      }
      CHECK(std::abs(static_cast<double>(first[r]) - sum) < 1e-5);
    }
    for (const kernels::KernelTable* table : kernels::available_tables()) {
      std::vector<float> again(kSparseRows);
      table->sparse.dot_rows(values.data(), indices.data(), n, xt.data() + 1, again.data());
      CHECK(again == first);
    }
  }
}

}  // namespace slimline
