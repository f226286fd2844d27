// MurmurHash3 for 32 bits on x86 (Austin Appleby, public domain), with seed 0 and a signed result:
// what hashes terms to columns.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace slimline {

namespace murmur {

inline std::uint32_t scramble(std::uint32_t k) {
  return std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U;
}

inline std::uint32_t finish(std::uint32_t h) {
  h = (h ^ h >> 16U) * 0x85ebca6bU;
  h = (h ^ h >> 13U) * 0xc2b2ae35U;
  return h ^ h >> 16U;
}

}  // namespace murmur

// Of `length` bytes, read as little-endian words. `text` is readable for 4 bytes beyond them.
inline std::int32_t murmur3(const char* text, std::size_t length) {
  std::uint32_t h = 0;
  std::uint32_t word;
  std::size_t i = 0;
  for (; i + 4 <= length; i += 4) {
    std::memcpy(&word, text + i, sizeof word);
    h = std::rotl(h ^ murmur::scramble(word), 13) * 5 + 0xe6546b64U;
  }
  if (i < length) {
    std::memcpy(&word, text + i, sizeof word);
    const std::uint32_t ones = (1U << (8 * (length - i))) - 1;
    h ^= murmur::scramble(word & ones);
  }
  return static_cast<std::int32_t>(murmur::finish(h ^ static_cast<std::uint32_t>(length)));
}

}  // namespace slimline
