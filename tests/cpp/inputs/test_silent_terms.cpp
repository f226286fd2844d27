#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

#include "slimline/random.hpp"
#include "slimline/text/silent_terms.hpp"

namespace slimline {

TEST_CASE("silent terms are found by their hashes") {
  Random random(3);
  for (const std::size_t n : {0U, 1U, 2U, 1000U}) {
    std::map<std::uint32_t, std::uint32_t> known;
    while (known.size() < n) {
      known[static_cast<std::uint32_t>(random.below(std::size_t{1} << 32U))] = 0;
    }
    if (n == 2) known = {{0, 0}, {0xFFFFFFFF, 0}};
    std::vector<std::uint32_t> hashes;
    for (auto& [hash, place] : known) {
      place = static_cast<std::uint32_t>(hashes.size());
      hashes.push_back(hash);
    }
    const SilentTerms terms(hashes);
    for (const auto& [hash, place] : known) {
      CHECK(terms.find(hash) == place);
      CHECK((known.contains(hash + 1) || terms.find(hash + 1) == SilentTerms::kNone));
    }
    CHECK(terms.find(12345) == (known.contains(12345) ? known[12345] : SilentTerms::kNone));
  }
}

TEST_CASE("hashes that do not ascend strictly are refused") {
  CHECK_THROWS_AS(SilentTerms({1, 1}), std::invalid_argument);
  CHECK_THROWS_AS(SilentTerms({2, 1}), std::invalid_argument);
}

}  // namespace slimline
