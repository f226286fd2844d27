// What Python's str.lower, re and NFKD know of code points, by tables of one Unicode version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slimline::unicode {

enum Flag : std::uint8_t {
  kWord = 1,       // \w
  kCased = 2,      // for the rule of the final sigma
  kIgnorable = 4,  // what that rule passes over
  kDecimal = 8,    // \d
  kSpace = 16,     // \s
};

struct CodeRecord {
  std::int32_t lower;  // what is added to get the lower case
  std::uint8_t flags;
};

inline constexpr std::uint32_t kCapitalSigma = 0x3A3;
inline constexpr std::uint32_t kSmallSigma = 0x3C3;
inline constexpr std::uint32_t kFinalSigma = 0x3C2;
// The one code point whose lower case is two: i and U+0307.
inline constexpr std::uint32_t kDottedI = 0x130;
inline constexpr std::uint32_t kDotAbove = 0x307;

CodeRecord record(std::uint32_t code);

// The most bytes that one code point becomes without its accents.
extern const std::size_t kMostStripped;

// Writes what is left of a code point beyond ASCII after NFKD without combining marks, as UTF-8;
// returns the end.
char* write_stripped(std::uint32_t code, char* out);

}  // namespace slimline::unicode
