// Characters of a text by a table, 32 at a time. Included inside an unnamed namespace.

// What 32 characters are found by: see AsciiSet in slimline/text/token_pattern.hpp.
struct Avx2Members {
  __m256i rows;   // by the low four bits of a character: a bit for each value of the high ones
  __m256i bits;   // by the high four bits: which bit; beyond ASCII none that a row could have
  __m256i small;  // what is added to a capital letter
};

inline Avx2Members avx2_members(const std::uint8_t* rows, bool lower) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows));
  const __m128i high = _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, -1, -1, -1, -1, -1, -1, -1, -1);
  return {_mm256_broadcastsi128_si256(low), _mm256_broadcastsi128_si256(high),
          _mm256_set1_epi8(lower ? 32 : 0)};
}

// Lower-cases x, whose bytes beyond ASCII are negative; returns a bit for each member.
inline std::uint32_t avx2_members_of(const Avx2Members& members, __m256i& x) {
  const __m256i capital = _mm256_and_si256(_mm256_cmpgt_epi8(x, _mm256_set1_epi8('A' - 1)),
                                           _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), x));
  x = _mm256_add_epi8(x, _mm256_and_si256(capital, members.small));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
  const __m256i row = _mm256_shuffle_epi8(members.rows, x);
  const __m256i bit = _mm256_shuffle_epi8(members.bits, high);
  const __m256i found = _mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit);
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(found));
}

// Members among the 32 characters at `text`, which go to `out` and into `any`.
inline std::uint32_t avx2_members_at(const Avx2Members& table, const char* text, char* out,
                                     __m256i& any) {
  __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  any = _mm256_or_si256(any, x);
  const std::uint32_t found = avx2_members_of(table, x);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), x);
  return found;
}

// The last n < 32 characters; where there are 32 before the end, they are read once more.
inline std::uint32_t avx2_last_members(const Avx2Members& table, const char* end, std::size_t n,
                                       bool whole, char* out_end, __m256i& any) {
  if (whole) return avx2_members_at(table, end - 32, out_end - 32, any) >> (32 - n);
  alignas(32) char last[32] = {};
  for (std::size_t i = 0; i < n; ++i) last[i] = (end - n)[i];
  const std::uint32_t found = avx2_members_at(table, last, last, any);
  for (std::size_t i = 0; i < n; ++i) (out_end - n)[i] = last[i];
  return found & ((std::uint32_t{1} << n) - 1);
}

inline bool avx2_ascii_members(const char* text, std::size_t n, const std::uint8_t* rows,
                               bool lower, char* out, std::uint64_t* members) noexcept {
  const Avx2Members table = avx2_members(rows, lower);
  __m256i any = _mm256_setzero_si256();
  for (std::size_t i = 0; i < n; i += 64) {
    std::uint64_t bits[2] = {0, 0};
    for (std::size_t half = 0; half < 2; ++half) {
      const std::size_t at = i + 32 * half;
      if (at + 32 <= n) {
        bits[half] = avx2_members_at(table, text + at, out + at, any);
      } else if (at < n) {
        bits[half] = avx2_last_members(table, text + n, n - at, n >= 32, out + n, any);
      }
    }
    members[i / 64] = bits[0] | bits[1] << 32U;
  }
  return _mm256_movemask_epi8(any) == 0;
}
