// Characters of a text by a table, in plain C++. Included once by each kernels/isa/*.cpp, inside
// its unnamed namespace.

// A capital letter of ASCII as the small one, anything else as it is.
inline std::uint8_t generic_small_letter(std::uint8_t c) noexcept {
  return static_cast<std::uint8_t>(c + (static_cast<std::uint8_t>(c - 'A') < 26 ? 32 : 0));
}

inline bool generic_ascii_members(const char* text, std::size_t n, const std::uint8_t* rows,
                                  bool lower, char* out, std::uint64_t* members) noexcept {
  std::uint8_t any = 0;
  for (std::size_t begin = 0; begin < n; begin += 64) {
    const std::size_t m = n - begin < 64 ? n - begin : 64;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < m; ++i) {
      auto c = static_cast<std::uint8_t>(text[begin + i]);
      any |= c;
      if (lower) c = generic_small_letter(c);
      out[begin + i] = static_cast<char>(c);
      const unsigned row = c < 0x80 ? rows[c & 15U] : 0U;
      bits |= std::uint64_t{row >> (c >> 4U) & 1U} << i;
    }
    members[begin / 64] = bits;
  }
  return any < 0x80;
}
