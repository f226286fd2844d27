// UTF-8, code point by code point. Texts have been checked where they came in; a malformed one
// gives code points without meaning, but nothing beyond its end is read.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace slimline::utf8 {

inline bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
inline bool is_lead(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }

// The bytes of a code point by its first one, at most `left`.
inline std::size_t length(char lead, std::size_t left) {
  const auto c = static_cast<unsigned char>(lead);
  const std::size_t n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  return n < left ? n : left;
}

// The code point beyond ASCII that begins at `at`, and its bytes.
inline std::uint32_t decode(const char* at, const char* end, std::size_t& n_bytes) {
  n_bytes = length(*at, static_cast<std::size_t>(end - at));
  auto code = static_cast<std::uint32_t>(static_cast<unsigned char>(*at)) & (0x7FU >> n_bytes);
  for (std::size_t k = 1; k < n_bytes; ++k) {
    code = code << 6U | (static_cast<unsigned char>(at[k]) & 63U);
  }
  return code;
}

// The bytes of the code point beyond ASCII that begins at `at`, or 0 where none does: it is cut
// off, longer than it need be, a surrogate or beyond Unicode.
inline std::size_t valid_length(const char* at, const char* end) {
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0xC2 || lead > 0xF4) return 0;
  std::size_t n = 0;
  const std::uint32_t code = decode(at, end, n);
  for (std::size_t k = 1; k < n; ++k) {
    if (is_lead(at[k])) return 0;
  }
  const std::size_t needed = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  const bool is_code = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
  const std::size_t announced = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return is_code && n == announced && n == needed ? n : 0;
}

// Writes a code point; returns the end.
inline char* encode(std::uint32_t code, char* out) {
  const auto tail = [&out](std::uint32_t c) { *out++ = static_cast<char>(0x80U | (c & 63U)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0U | code >> 6U);
    tail(code);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0U | code >> 12U);
    tail(code >> 6U);
    tail(code);
  } else {
    *out++ = static_cast<char>(0xF0U | (code >> 18U & 7U));
    tail(code >> 12U);
    tail(code >> 6U);
    tail(code);
  }
  return out;
}

// The first byte beyond ASCII at or after `at`.
inline const char* skip_ascii(const char* at, const char* end) {
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  while (end - at >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, at, sizeof eight);
    if ((eight & kHigh) != 0) break;
    at += 8;
  }
  while (at < end && is_ascii(*at)) ++at;
  return at;
}

// How many code points begin in [at, end).
inline std::size_t count(const char* at, const char* end) {
  std::size_t n = 0;
  for (; at < end; ++at) n += is_lead(*at) ? 1 : 0;
  return n;
}

}  // namespace slimline::utf8
