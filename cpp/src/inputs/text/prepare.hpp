// A text with code points beyond ASCII in lower case and without accents.
#pragma once

#include <cstddef>
#include <string_view>

#include "slimline/text/analyzer.hpp"

namespace slimline {

// Bytes that may be written and read beyond the end of a prepared text.
inline constexpr std::size_t kTextPadding = 32;
// The same of a text that is put together of pieces, the last of which may be copied too far.
inline constexpr std::size_t kJoinedPadding = 2 * kTextPadding;
// The longest text that is taken, prepared: places in it are 32 bits.
inline constexpr std::size_t kMostTextBytes = 0xFFFFFF00;

struct Preparation {
  bool lowercase;
  StripAccents strip_accents;
};

// Writes the text to out, as str.lower and NFKD have it; returns its new size. Throws
// std::length_error where it gets too long.
std::size_t prepare_beyond_ascii(std::string_view text, Preparation how, Growing<char>& out);

}  // namespace slimline
