// Runs of ones in a row of bits, one bit a byte of a text.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "slimline/text/analyzer.hpp"

namespace slimline {

// The words that n bits need, and one more: a run may end where the bits do.
inline std::size_t run_words(std::size_t n) { return n / 64 + 1; }

// The longest runs of ones among n bits; those beyond n are 0. Starts and ends are found apart from
// one another, without a branch that depends on the text.
inline std::size_t find_runs(const std::uint64_t* bits, std::size_t n, Growing<TextPiece>& runs) {
  std::size_t n_starts = 0;
  std::size_t n_ends = 0;
  std::uint64_t carry = 0;
  for (std::size_t w = 0; w < run_words(n); ++w) {
    const std::uint64_t after = bits[w] << 1U | carry;
    carry = bits[w] >> 63U;
    const auto base = static_cast<std::uint32_t>(64 * w);
    TextPiece* found = runs.reserve(n_starts + 33, n_starts);
    for (std::uint64_t s = bits[w] & ~after; s != 0; s &= s - 1) {
      found[n_starts++].begin = base + static_cast<std::uint32_t>(std::countr_zero(s));
    }
    for (std::uint64_t e = after & ~bits[w]; e != 0; e &= e - 1) {
      found[n_ends++].end = base + static_cast<std::uint32_t>(std::countr_zero(e));
    }
  }
  return n_starts;
}

// Whether a bit of [begin, end) is 0.
inline bool has_gap(const std::uint64_t* bits, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end;) {
    const std::size_t m = std::min(end - i, 64 - i % 64);
    const std::uint64_t ones = (m == 64 ? 0 : std::uint64_t{1} << m) - 1;
    if ((bits[i / 64] >> (i % 64) & ones) != ones) return true;
    i += m;
  }
  return false;
}

inline void set_bits(std::uint64_t* bits, std::size_t begin, std::size_t n) {
  for (std::size_t i = begin; i < begin + n; ++i) bits[i / 64] |= std::uint64_t{1} << (i % 64);
}

}  // namespace slimline
