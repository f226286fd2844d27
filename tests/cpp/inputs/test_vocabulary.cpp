#include <doctest/doctest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "slimline/random.hpp"
#include "slimline/text/vocabulary.hpp"

namespace slimline {
namespace {

// Terms of 0 to 40 bytes, zeros and bytes beyond ASCII among them, of which many share a beginning.
std::string random_term(Random& random) {
  std::string term = random.below(2) == 0 ? "the same beginning" : "";
  for (std::size_t n = random.below(23); n > 0; --n) {
    term += static_cast<char>(random.below(4) == 0 ? random.below(256) : 'a' + random.below(3));
  }
  return term;
}

}  // namespace

TEST_CASE("a vocabulary finds what was added, and nothing else") {
  Random random(3);
  Vocabulary vocabulary;
  std::unordered_map<std::string, std::uint32_t> known;
  for (int i = 0; i < 20'000; ++i) {
    const std::string term = random_term(random);
    const auto id = static_cast<std::uint32_t>(known.size());
    CHECK(vocabulary.add(term) == known.try_emplace(term, id).first->second);
  }
  CHECK(vocabulary.size() == known.size());
  for (const auto& [term, id] : known) {
    CHECK(vocabulary.find(term) == id);
    CHECK(vocabulary.term(id) == term);
  }
  for (int i = 0; i < 20'000; ++i) {
    const std::string term = random_term(random);
    const auto place = known.find(term);
    CHECK(vocabulary.find(term) == (place == known.end() ? Vocabulary::kNone : place->second));
  }
}

TEST_CASE("terms that zeros alone tell apart are different") {
  Vocabulary vocabulary;
  for (std::size_t n = 0; n < 20; ++n) CHECK(vocabulary.add(std::string(n, '\0')) == n);
  for (std::size_t n = 0; n < 20; ++n) CHECK(vocabulary.find(std::string(n, '\0')) == n);
  CHECK(is_ascending(vocabulary));
}

TEST_CASE("a vocabulary is made of its own bytes again, and of no others") {
  Vocabulary vocabulary;
  for (const char* term : {"film", "a longer term", "", "good"}) vocabulary.add(term);
  const Vocabulary again(vocabulary.blob(), vocabulary.offsets());
  CHECK(again.find("a longer term") == 1);
  CHECK(again.find("") == 2);
  CHECK_FALSE(is_ascending(again));
  using Offsets = std::vector<std::uint32_t>;
  CHECK_THROWS_AS(Vocabulary("ab", Offsets{}), std::invalid_argument);
  CHECK_THROWS_AS(Vocabulary("ab", Offsets{1, 2}), std::invalid_argument);
  CHECK_THROWS_AS(Vocabulary("ab", Offsets{0, 1}), std::invalid_argument);
  CHECK_THROWS_AS(Vocabulary("ab", Offsets{0, 3, 2}), std::invalid_argument);
  CHECK_THROWS_AS(Vocabulary("aa", Offsets{0, 1, 2}), std::invalid_argument);
}

TEST_CASE("terms ascend by their bytes") {
  Vocabulary ascending;
  for (const char* term : {"a", "ab", "b", "\xC3\xA9"}) ascending.add(term);
  CHECK(is_ascending(ascending));
  CHECK(is_ascending(Vocabulary()));
}

}  // namespace slimline
