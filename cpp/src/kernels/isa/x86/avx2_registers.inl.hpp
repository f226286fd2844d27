// The registers of AVX2 for four_rows.inl.hpp. Included after avx2_vector.inl.hpp, whose helpers it
// uses.

// The sums of the lanes of four registers.
inline void sum_lanes4(__m256 a, __m256 b, __m256 c, __m256 d, float* sums) noexcept {
  const __m256 s = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1)));
}
inline void sum_lanes4(__m256d a, __m256d b, __m256d c, __m256d d, double* sums) noexcept {
  const __m256d ab = _mm256_hadd_pd(a, b);
  const __m256d cd = _mm256_hadd_pd(c, d);
  const __m256d low = _mm256_permute2f128_pd(ab, cd, 0x20);
  const __m256d high = _mm256_permute2f128_pd(ab, cd, 0x31);
  _mm256_storeu_pd(sums, _mm256_add_pd(low, high));
}

inline __m256 load_some(const float* p, __m256i mask) noexcept {
  return _mm256_maskload_ps(p, mask);
}
inline __m256d load_some(const double* p, __m256i mask) noexcept {
  return _mm256_maskload_pd(p, mask);
}
inline void store_some(float* p, __m256i mask, __m256 v) noexcept {
  _mm256_maskstore_ps(p, mask, v);
}
inline void store_some(double* p, __m256i mask, __m256d v) noexcept {
  _mm256_maskstore_pd(p, mask, v);
}

constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

// Eight floats or four doubles.
template <class T>
struct Ymm {
  using Value = T;
  using Register = decltype(spread(T{}));
  using Mask = __m256i;
  static constexpr std::size_t kWidth = 32 / sizeof(T);
  // Outputs that share the loads of four rows: twelve sums hide the latency of the additions.
  static constexpr std::size_t kSharing = 3;

  static Register fill(T a) noexcept { return spread(a); }
  static Register read(const T* p) noexcept { return load(p); }
  static void write(T* p, Register v) noexcept { store(p, v); }
  // Of the first `count` lanes.
  static Mask mask(std::size_t count) noexcept {
    const std::int32_t* const first = kLaneMasks + 8 - count * (sizeof(T) / 4);
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(first));
  }
  static Register read_some(const T* p, Mask mask) noexcept { return load_some(p, mask); }
  static void write_some(T* p, Mask mask, Register v) noexcept { store_some(p, mask, v); }
  static Register multiply_add(Register a, Register b, Register c) noexcept { return fma(a, b, c); }
  static Register sum(Register a, Register b) noexcept { return add(a, b); }
  static Register product(Register a, Register b) noexcept { return mul(a, b); }
  static void lane_sums(Register a, Register b, Register c, Register d, T* sums) noexcept {
    sum_lanes4(a, b, c, d, sums);
  }
};
