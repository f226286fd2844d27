// VectorKernels with AVX2 and FMA: four accumulators hide the latency of the fused multiply-add
// (4 cycles, 2 a cycle). Included by avx2.cpp inside its unnamed namespace.

inline float sum_lanes(__m256 v) noexcept {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

inline double sum_lanes(__m256d v) noexcept {
  const __m128d s = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
  return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}

inline __m256 load(const float* p) noexcept { return _mm256_loadu_ps(p); }
inline __m256d load(const double* p) noexcept { return _mm256_loadu_pd(p); }
inline __m256d load_wide(const float* p) noexcept { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
inline __m256d load_wide(const double* p) noexcept { return _mm256_loadu_pd(p); }
inline void store(float* p, __m256 v) noexcept { _mm256_storeu_ps(p, v); }
inline void store(double* p, __m256d v) noexcept { _mm256_storeu_pd(p, v); }
inline __m256 fma(__m256 a, __m256 b, __m256 c) noexcept { return _mm256_fmadd_ps(a, b, c); }
inline __m256d fma(__m256d a, __m256d b, __m256d c) noexcept { return _mm256_fmadd_pd(a, b, c); }
inline __m256 add(__m256 a, __m256 b) noexcept { return _mm256_add_ps(a, b); }
inline __m256d add(__m256d a, __m256d b) noexcept { return _mm256_add_pd(a, b); }
inline __m256 mul(__m256 a, __m256 b) noexcept { return _mm256_mul_ps(a, b); }
inline __m256d mul(__m256d a, __m256d b) noexcept { return _mm256_mul_pd(a, b); }
inline __m256 spread(float a) noexcept { return _mm256_set1_ps(a); }
inline __m256d spread(double a) noexcept { return _mm256_set1_pd(a); }

template <class T>
T avx2_dot(const T* x, const T* y, std::size_t n) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  auto s0 = spread(T{0});
  auto s1 = s0;
  auto s2 = s0;
  auto s3 = s0;
  std::size_t i = 0;
  for (; i + 4 * kWidth <= n; i += 4 * kWidth) {
    s0 = fma(load(x + i), load(y + i), s0);
    s1 = fma(load(x + i + kWidth), load(y + i + kWidth), s1);
    s2 = fma(load(x + i + 2 * kWidth), load(y + i + 2 * kWidth), s2);
    s3 = fma(load(x + i + 3 * kWidth), load(y + i + 3 * kWidth), s3);
  }
  for (; i + kWidth <= n; i += kWidth) s0 = fma(load(x + i), load(y + i), s0);
  T sum = sum_lanes(add(add(s0, s1), add(s2, s3)));
  for (; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

template <class T>
void avx2_axpy(T a, const T* x, T* y, std::size_t n) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  const auto factor = spread(a);
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(y + i, fma(factor, load(x + i), load(y + i)));
  for (; i < n; ++i) y[i] += a * x[i];
}

template <class T>
double avx2_dot_wide(const T* x, const double* w, std::size_t n) noexcept {
  __m256d s0 = spread(0.0);
  __m256d s1 = s0;
  __m256d s2 = s0;
  __m256d s3 = s0;
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    s0 = fma(load_wide(x + i), load(w + i), s0);
    s1 = fma(load_wide(x + i + 4), load(w + i + 4), s1);
    s2 = fma(load_wide(x + i + 8), load(w + i + 8), s2);
    s3 = fma(load_wide(x + i + 12), load(w + i + 12), s3);
  }
  for (; i + 4 <= n; i += 4) s0 = fma(load_wide(x + i), load(w + i), s0);
  double sum = sum_lanes(add(add(s0, s1), add(s2, s3)));
  for (; i < n; ++i) sum += static_cast<double>(x[i]) * w[i];
  return sum;
}

template <class T>
void avx2_axpy_wide(double a, const T* x, double* w, std::size_t n) noexcept {
  const __m256d factor = spread(a);
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) store(w + i, fma(factor, load_wide(x + i), load(w + i)));
  for (; i < n; ++i) w[i] += a * static_cast<double>(x[i]);
}

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

// Four rows times V neighbouring vectors w.
template <std::size_t V, class T>
inline void avx2_dot4_tile(const T* const* x, const T* w, std::size_t stride, std::size_t n,
                           T* sums) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  decltype(spread(T{0})) s[V][4];
  for (auto& row : s) {
    for (auto& sum : row) sum = spread(T{0});
  }
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    for (std::size_t v = 0; v < V; ++v) {
      const auto y = load(w + v * stride + i);
      for (std::size_t r = 0; r < 4; ++r) s[v][r] = fma(load(x[r] + i), y, s[v][r]);
    }
  }
  for (std::size_t v = 0; v < V; ++v) {
    sum_lanes4(s[v][0], s[v][1], s[v][2], s[v][3], sums + 4 * v);
    for (std::size_t k = i; k < n; ++k) {
      for (std::size_t r = 0; r < 4; ++r) sums[4 * v + r] += x[r][k] * w[v * stride + k];
    }
  }
}

template <class T>
void avx2_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
               std::size_t n, T* sums) noexcept {
  std::size_t c = 0;
  for (; c + 2 <= n_vectors; c += 2) {
    avx2_dot4_tile<2>(x, w + c * stride, stride, n, sums + 4 * c);
  }
  if (c < n_vectors) avx2_dot4_tile<1>(x, w + c * stride, stride, n, sums + 4 * c);
}

template <class T>
void avx2_dot4_gram(const T* const* x, const T* w, std::size_t n, T* sums, T* gram) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  const auto zero = spread(T{0});
  auto w0 = zero, w1 = zero, w2 = zero, w3 = zero;
  auto g01 = zero, g02 = zero, g12 = zero, g03 = zero, g13 = zero, g23 = zero;
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    const auto y = load(w + i);
    const auto x0 = load(x[0] + i);
    const auto x1 = load(x[1] + i);
    const auto x2 = load(x[2] + i);
    const auto x3 = load(x[3] + i);
    w0 = fma(x0, y, w0);
    w1 = fma(x1, y, w1);
    w2 = fma(x2, y, w2);
    w3 = fma(x3, y, w3);
    g01 = fma(x0, x1, g01);
    g02 = fma(x0, x2, g02);
    g12 = fma(x1, x2, g12);
    g03 = fma(x0, x3, g03);
    g13 = fma(x1, x3, g13);
    g23 = fma(x2, x3, g23);
  }
  sum_lanes4(w0, w1, w2, w3, sums);
  T pairs[8];
  sum_lanes4(g01, g02, g12, g03, pairs);
  sum_lanes4(g13, g23, zero, zero, pairs + 4);
  for (; i < n; ++i) {
    for (std::size_t r = 0; r < 4; ++r) sums[r] += x[r][i] * w[i];
    std::size_t k = 0;
    for (std::size_t q = 1; q < 4; ++q) {
      for (std::size_t r = 0; r < q; ++r) pairs[k++] += x[r][i] * x[q][i];
    }
  }
  for (std::size_t k = 0; k < 6; ++k) gram[k] = pairs[k];
}

template <class T>
void avx2_axpy4(const T* a, const T* const* x, T* w, std::size_t n) noexcept {
  constexpr std::size_t kWidth = 32 / sizeof(T);
  const auto a0 = spread(a[0]);
  const auto a1 = spread(a[1]);
  const auto a2 = spread(a[2]);
  const auto a3 = spread(a[3]);
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    const auto left = fma(a1, load(x[1] + i), fma(a0, load(x[0] + i), load(w + i)));
    const auto right = fma(a3, load(x[3] + i), mul(a2, load(x[2] + i)));
    store(w + i, add(left, right));
  }
  for (; i < n; ++i) {
    w[i] += (a[0] * x[0][i] + a[1] * x[1][i]) + (a[2] * x[2][i] + a[3] * x[3][i]);
  }
}

template <class T>
constexpr VectorKernels<T> avx2_vector_kernels() {
  return {.dot = avx2_dot<T>,
          .axpy = avx2_axpy<T>,
          .dot_wide = avx2_dot_wide<T>,
          .axpy_wide = avx2_axpy_wide<T>,
          .dot4 = avx2_dot4<T>,
          .dot4_gram = avx2_dot4_gram<T>,
          .axpy4 = avx2_axpy4<T>};
}
