// What a token is. Python's regular expressions are not reproduced: the patterns that are known
// here, and are what people use, each take runs of one class of characters, which are found without
// an automaton.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slimline {

// A set of ASCII characters, laid out for a look-up by register: character 16 h + l is in it where
// bit h of rows[l] is set.
struct AsciiSet {
  std::array<std::uint8_t, 16> rows{};

  constexpr void insert(unsigned c) { rows[c % 16] |= static_cast<std::uint8_t>(1U << (c / 16)); }
  constexpr bool contains(unsigned c) const {
    return c < 128 && (rows[c % 16] >> (c / 16) & 1U) != 0;
  }
};

// A class of code points: of ASCII those in a set, of others those that have all flags of
// `required` and none of `forbidden` (see inputs/text/unicode.hpp), or none at all.
struct CharClass {
  AsciiSet ascii;
  bool beyond_ascii = false;
  std::uint8_t required = 0;
  std::uint8_t forbidden = 0;
};

// A token is a longest run of `unit`, of min_length code points or more. Where whole_words is set
// it must be all of a longest run of \w.
struct TokenPattern {
  CharClass unit;
  bool whole_words = false;
  std::size_t min_length = 1;
};

extern const CharClass kWordClass;   // \w
extern const CharClass kSpaceClass;  // \s
extern const CharClass kSolidClass;  // \S

// Takes C+, CC+, CCC+ and C{n,} with n of one digit, where C is \w, \S, [^\d\W], [^\W\d_], [a-z],
// [a-zA-Z] or [a-zA-Z0-9], with or without (?u) in front and, but for \S, \b on both sides. Throws
// std::invalid_argument for anything else.
TokenPattern parse_token_pattern(std::string_view pattern);

}  // namespace slimline
