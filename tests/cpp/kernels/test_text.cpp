#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"
#include "slimline/text/token_pattern.hpp"

namespace slimline {
namespace {

struct Marked {
  std::string text;
  std::vector<std::uint64_t> members;
  bool ascii = true;
};

Marked expected(const std::string& text, const AsciiSet& set, bool lower) {
  Marked marked{text, std::vector<std::uint64_t>(text.size() / 64 + 1), true};
  for (std::size_t i = 0; i < text.size(); ++i) {
    char& c = marked.text[i];
    if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    marked.ascii = marked.ascii && static_cast<unsigned char>(c) < 128;
    if (set.contains(static_cast<unsigned char>(c))) {
      marked.members[i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
  return marked;
}

// At `offset` from an aligned place, with a byte on either side that must not be read or changed.
Marked found(const kernels::KernelTable& table, const std::string& text, std::size_t offset,
             const AsciiSet& set, bool lower, bool in_place) {
  std::vector<char> from(offset + text.size() + 1, 'Q');
  std::vector<char> to(offset + text.size() + 1, 'Q');
  std::copy(text.begin(), text.end(), from.begin() + static_cast<std::ptrdiff_t>(offset));
  Marked marked{"", std::vector<std::uint64_t>(text.size() / 64 + 1), true};
  char* const out = (in_place ? from.data() : to.data()) + offset;
  marked.ascii = table.text.ascii_members(from.data() + offset, text.size(), set.rows.data(), lower,
                                          out, marked.members.data());
  marked.text.assign(out, text.size());
  CHECK(out[text.size()] == 'Q');
  if (offset > 0) CHECK(out[-1] == 'Q');
  return marked;
}

std::string random_text(Random& random, std::size_t n, bool only_ascii) {
  std::string text(n, ' ');
  for (char& c : text) c = static_cast<char>(random.below(only_ascii ? 128 : 256));
  return text;
}

AsciiSet random_set(Random& random) {
  AsciiSet set;
  for (unsigned c = 0; c < 128; ++c) {
    if (random.below(2) == 0) set.insert(c);
  }
  return set;
}

}  // namespace

TEST_CASE("characters of a text are marked as a look at each of them would") {
  Random random(5);
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    CAPTURE(table->name);
    for (const std::size_t n : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 63U, 64U, 65U, 95U, 96U, 97U,
                                127U, 128U, 129U, 1000U}) {
      CAPTURE(n);
      for (unsigned variant = 0; variant < 16; ++variant) {
        const std::string text = random_text(random, n, variant % 2 == 0);
        const AsciiSet set = random_set(random);
        const bool lower = variant / 2 % 2 == 0;
        const Marked right = expected(text, set, lower);
        const Marked here = found(*table, text, random.below(33), set, lower, variant / 4 % 2 == 0);
        CHECK(here.text == right.text);
        CHECK(here.ascii == right.ascii);
        // The word behind the last character is written where there is one.
        for (std::size_t w = 0; 64 * w < n; ++w) CHECK(here.members[w] == right.members[w]);
      }
    }
  }
}

}  // namespace slimline
