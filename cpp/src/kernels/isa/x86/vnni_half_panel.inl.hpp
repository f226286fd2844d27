// Eight columns of sums in one register of 256 bits, for VNNI files; they define dot_bytes() first.
// Included inside their unnamed namespace.

struct HalfPanel {
  static constexpr std::size_t kRows = 8;
  static constexpr std::size_t kRegisters = 1;
  static constexpr std::size_t kBytes = 32;
  using Register = __m256i;
  static Register zero() noexcept { return _mm256_setzero_si256(); }
  static Register load(const void* p) noexcept { return load_bytes(p); }
  static Register broadcast(const std::uint8_t* a) noexcept { return broadcast4(a); }
  static void store(std::int32_t* c, Register sums) noexcept { store_sums(c, sums); }
  static Register dot(Register sums, Register x, Register w) noexcept {
    return dot_bytes(sums, x, w);
  }
};
