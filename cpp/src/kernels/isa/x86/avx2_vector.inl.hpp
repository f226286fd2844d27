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
