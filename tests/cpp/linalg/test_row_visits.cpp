// The order in which sums over rows visit them.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "linalg/row_visits.hpp"

namespace slimline {
namespace {

TEST_CASE("blocks of rows hold every row once, and fours a quarter apart") {
  for (const std::size_t n : {0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 100}) {
    CAPTURE(n);
    constexpr std::size_t kBegin = 5;
    std::vector<std::size_t> visited;
    visit_blocks<8>(kBegin, kBegin + n, [&](std::span<const std::size_t> block) {
      CHECK(block.size() == std::min<std::size_t>(8, n - visited.size()));
      for (std::size_t j = 4; j <= block.size() && block.size() == 8; j += 4) {
        for (std::size_t q = 1; q < 4; ++q) {
          CHECK(block[j - 4 + q] == block[j - 4] + q * (n / 8 * 2));
        }
      }
      visited.insert(visited.end(), block.begin(), block.end());
    });
    std::sort(visited.begin(), visited.end());
    std::vector<std::size_t> all(n);
    std::iota(all.begin(), all.end(), kBegin);
    CHECK(visited == all);
  }
}

}  // namespace
}  // namespace slimline
