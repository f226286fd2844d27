// Four rows at a time with AVX2 and FMA. What is left of a row after its last full register is read
// by masked loads: as lanes of zeros it costs no loop of its own. Included after
// avx2_vector.inl.hpp, whose helpers it uses.

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

constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

// A mask of the first `count` lanes.
inline __m256i lane_mask(float /*of*/, std::size_t count) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMasks + 8 - count));
}
inline __m256i lane_mask(double /*of*/, std::size_t count) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMasks + 8 - 2 * count));
}

// How a loop reads and writes registers: all lanes, or those of a mask.
struct FullLanes {
  template <class T>
  auto read(const T* p) const noexcept {
    return load(p);
  }
  template <class T, class V>
  void write(T* p, V v) const noexcept {
    store(p, v);
  }
};
struct SomeLanes {
  __m256i mask;
  __m256 read(const float* p) const noexcept { return _mm256_maskload_ps(p, mask); }
  __m256d read(const double* p) const noexcept { return _mm256_maskload_pd(p, mask); }
  void write(float* p, __m256 v) const noexcept { _mm256_maskstore_ps(p, mask, v); }
  void write(double* p, __m256d v) const noexcept { _mm256_maskstore_pd(p, mask, v); }
};

// step(i, lanes) for every register of n values.
template <class T, class Step>
inline void for_registers(std::size_t n, const Step& step) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) step(i, FullLanes{});
  if (i < n) step(i, SomeLanes{lane_mask(T{}, n - i)});
}

// Outputs that share the loads of four rows: twelve sums hide the latency of the additions.
constexpr std::size_t kSharing = 3;

// Four rows times V neighbouring vectors w.
template <std::size_t V, class T>
inline void avx2_dot4_tile(const T* const* x, const T* w, std::size_t stride, std::size_t n,
                           T* sums) noexcept {
  decltype(spread(T{0})) s[V][4];
  for (auto& row : s) {
    for (auto& sum : row) sum = spread(T{0});
  }
  for_registers<T>(n, [&](std::size_t i, const auto& lanes) {
    for (std::size_t v = 0; v < V; ++v) {
      const auto y = lanes.read(w + v * stride + i);
      for (std::size_t r = 0; r < 4; ++r) s[v][r] = fma(lanes.read(x[r] + i), y, s[v][r]);
    }
  });
  for (std::size_t v = 0; v < V; ++v) {
    sum_lanes4(s[v][0], s[v][1], s[v][2], s[v][3], sums + 4 * v);
  }
}

// Calls step<V>(c) for V of n_vectors from c on: kSharing while there are as many.
template <class Step>
inline void by_sharing_outputs(std::size_t n_vectors, const Step& step) noexcept {
  std::size_t c = 0;
  for (; c + kSharing <= n_vectors; c += kSharing) {
    step.template operator()<kSharing>(c);
  }
  if (c + 2 == n_vectors) step.template operator()<2>(c);
  if (c + 1 == n_vectors) step.template operator()<1>(c);
}

template <class T>
void avx2_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
               std::size_t n, T* sums) noexcept {
  by_sharing_outputs(n_vectors, [&]<std::size_t V>(std::size_t c) {
    avx2_dot4_tile<V>(x, w + c * stride, stride, n, sums + 4 * c);
  });
}

template <class T>
void avx2_gram4(const T* const* x, std::size_t n, T* gram) noexcept {
  const auto zero = spread(T{0});
  auto g01 = zero, g02 = zero, g12 = zero, g03 = zero, g13 = zero, g23 = zero;
  for_registers<T>(n, [&](std::size_t i, const auto& lanes) {
    const auto x0 = lanes.read(x[0] + i);
    const auto x1 = lanes.read(x[1] + i);
    const auto x2 = lanes.read(x[2] + i);
    const auto x3 = lanes.read(x[3] + i);
    g01 = fma(x0, x1, g01);
    g02 = fma(x0, x2, g02);
    g12 = fma(x1, x2, g12);
    g03 = fma(x0, x3, g03);
    g13 = fma(x1, x3, g13);
    g23 = fma(x2, x3, g23);
  });
  sum_lanes4(g01, g02, g12, g03, gram);
  T last[4];
  sum_lanes4(g13, g23, zero, zero, last);
  gram[4] = last[0];
  gram[5] = last[1];
}

// Four rows into V neighbouring vectors w.
template <std::size_t V, class T>
inline void avx2_axpy4_tile(const T* a, const T* const* x, T* w, std::size_t stride,
                            std::size_t n) noexcept {
  const T* const x0 = x[0];  // a store might change x itself, for all the compiler knows
  const T* const x1 = x[1];
  const T* const x2 = x[2];
  const T* const x3 = x[3];
  decltype(spread(T{0})) f[4 * V];
  for (std::size_t k = 0; k < 4 * V; ++k) f[k] = spread(a[k]);
  for_registers<T>(n, [&](std::size_t i, const auto& lanes) {
    const auto v0 = lanes.read(x0 + i);
    const auto v1 = lanes.read(x1 + i);
    const auto v2 = lanes.read(x2 + i);
    const auto v3 = lanes.read(x3 + i);
    for (std::size_t v = 0; v < V; ++v) {
      const auto left = fma(f[4 * v + 1], v1, fma(f[4 * v], v0, lanes.read(w + v * stride + i)));
      lanes.write(w + v * stride + i, fma(f[4 * v + 3], v3, fma(f[4 * v + 2], v2, left)));
    }
  });
}

template <class T>
void avx2_axpy4(const T* a, const T* const* x, T* w, std::size_t n) noexcept {
  avx2_axpy4_tile<1>(a, x, w, n, n);
}

// One vector: w is read once for both.
template <class T>
inline void avx2_axpy4_dot4_single(const T* a, const T* const* x, const T* const* y, T* w,
                                   std::size_t n, T* sums) noexcept {
  const T* const x0 = x[0];  // a store might change x itself, for all the compiler knows
  const T* const x1 = x[1];
  const T* const x2 = x[2];
  const T* const x3 = x[3];
  const T* const y0 = y[0];
  const T* const y1 = y[1];
  const T* const y2 = y[2];
  const T* const y3 = y[3];
  const auto a0 = spread(a[0]);
  const auto a1 = spread(a[1]);
  const auto a2 = spread(a[2]);
  const auto a3 = spread(a[3]);
  auto s0 = spread(T{0}), s1 = s0, s2 = s0, s3 = s0;
  for_registers<T>(n, [&](std::size_t i, const auto& lanes) {
    const auto left = fma(a1, lanes.read(x1 + i), fma(a0, lanes.read(x0 + i), lanes.read(w + i)));
    const auto right = fma(a3, lanes.read(x3 + i), mul(a2, lanes.read(x2 + i)));
    const auto sum = add(left, right);
    lanes.write(w + i, sum);
    s0 = fma(lanes.read(y0 + i), sum, s0);
    s1 = fma(lanes.read(y1 + i), sum, s1);
    s2 = fma(lanes.read(y2 + i), sum, s2);
    s3 = fma(lanes.read(y3 + i), sum, s3);
  });
  sum_lanes4(s0, s1, s2, s3, sums);
}

// Several vectors go by tiles of columns for which the rows stay in the first-level cache.
template <class T>
void avx2_axpy4_dot4(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                     std::size_t n_vectors, std::size_t n, T* sums) noexcept {
  constexpr std::size_t kTile = 1600 / sizeof(T);
  if (n_vectors == 1) return avx2_axpy4_dot4_single(a, x, y, w, n, sums);
  for (std::size_t k = 0; k < 4 * n_vectors; ++k) sums[k] = T{0};
  for (std::size_t begin = 0; begin < n; begin += kTile) {
    const std::size_t size = n - begin < kTile ? n - begin : kTile;
    const T* const tile_x[4] = {x[0] + begin, x[1] + begin, x[2] + begin, x[3] + begin};
    const T* const tile_y[4] = {y[0] + begin, y[1] + begin, y[2] + begin, y[3] + begin};
    by_sharing_outputs(n_vectors, [&]<std::size_t V>(std::size_t c) {
      T* const tile_w = w + c * stride + begin;
      T part[4 * V];
      avx2_axpy4_tile<V>(a + 4 * c, tile_x, tile_w, stride, size);
      avx2_dot4_tile<V>(tile_y, tile_w, stride, size, part);
      for (std::size_t k = 0; k < 4 * V; ++k) sums[4 * c + k] += part[k];
    });
  }
}
