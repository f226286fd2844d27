// Loading and storing of integers with AVX2. Included by isa/*.cpp inside their unnamed namespace.

inline __m256i broadcast4(const std::uint8_t* a) noexcept {
  std::int32_t bits;
  __builtin_memcpy(&bits, a, sizeof bits);
  return _mm256_set1_epi32(bits);
}

inline __m256i load_bytes(const void* b) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(b));
}

inline void store_sums(std::int32_t* c, __m256i sums) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(c), sums);
}
