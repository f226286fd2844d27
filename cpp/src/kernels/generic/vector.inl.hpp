// Vector kernels in plain C++: fixed lanes of partial sums, which compilers turn into SIMD
// registers without -ffast-math, since the order of the additions is written down. Included once by
// each kernels/isa/**.cpp, inside its unnamed namespace.

constexpr std::size_t kLanes = 16;

template <class Sum, class X, class Y>
Sum generic_dot(const X* x, const Y* y, std::size_t n) noexcept {
  Sum lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      lanes[k] += static_cast<Sum>(x[i + k]) * static_cast<Sum>(y[i + k]);
    }
  }
  for (std::size_t k = 0; i < n; ++i, ++k) {
    lanes[k] += static_cast<Sum>(x[i]) * static_cast<Sum>(y[i]);
  }
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  }
  return lanes[0];
}

// 0 * x is 0 for finite x and NaN else. Four parts are read side by side: memory answers one core
// faster where it is asked in several places.
template <class T>
bool generic_all_finite(const T* x, std::size_t n) noexcept {
  constexpr std::size_t kParts = 4;
  const std::size_t part = n / (kParts * kLanes) * kLanes;
  T lanes[kParts][kLanes] = {};
  std::size_t i = 0;
  for (; i < part; i += kLanes) {
    for (std::size_t p = 0; p < kParts; ++p) {
      for (std::size_t k = 0; k < kLanes; ++k) lanes[p][k] += T{0} * x[p * part + i + k];
    }
  }
  for (i = kParts * part; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[0][k] += T{0} * x[i + k];
  }
  for (std::size_t k = 0; i < n; ++i, ++k) lanes[0][k] += T{0} * x[i];
  T sum = 0;
  for (const auto& of_part : lanes) {
    for (std::size_t k = 0; k < kLanes; ++k) sum += of_part[k];
  }
  return sum == T{0};
}

template <class Sum, class X>
void generic_axpy(Sum a, const X* x, Sum* y, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) y[i] += a * static_cast<Sum>(x[i]);
}

template <class T>
void generic_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
                  std::size_t n, T* sums) noexcept {
  for (std::size_t c = 0; c < n_vectors; ++c) {
    for (std::size_t r = 0; r < 4; ++r) {
      sums[4 * c + r] = generic_dot<T, T, T>(x[r], w + c * stride, n);
    }
  }
}

template <class T>
void generic_gram4(const T* const* x, std::size_t n, T* gram) noexcept {
  for (std::size_t q = 1; q < 4; ++q) {
    for (std::size_t r = 0; r < q; ++r) *gram++ = generic_dot<T, T, T>(x[r], x[q], n);
  }
}

template <class T>
void generic_axpy4(const T* a, const T* const* x, T* w, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    w[i] += (a[0] * x[0][i] + a[1] * x[1][i]) + (a[2] * x[2][i] + a[3] * x[3][i]);
  }
}

template <class T>
void generic_axpy4_dot4(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                        std::size_t n_vectors, std::size_t n, T* sums) noexcept {
  for (std::size_t c = 0; c < n_vectors; ++c) {
    generic_axpy4<T>(a + 4 * c, x, w + c * stride, n);
    generic_dot4<T>(y, w + c * stride, stride, 1, n, sums + 4 * c);
  }
}

template <class T>
void generic_add_moments4(const T* s, const T* const* x, std::size_t n, T* sums,
                          T* squares) noexcept {
  const T* const x0 = x[0];  // a store might change x itself, for all the compiler knows
  const T* const x1 = x[1];
  const T* const x2 = x[2];
  const T* const x3 = x[3];
  const T s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
  std::size_t i = 0;
  const auto add = [&](std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
      const T v0 = s0 * (x0[i + k] * x0[i + k]), v1 = s1 * (x1[i + k] * x1[i + k]);
      const T v2 = s2 * (x2[i + k] * x2[i + k]), v3 = s3 * (x3[i + k] * x3[i + k]);
      sums[i + k] += (v0 + v1) + (v2 + v3);
      squares[i + k] += (v0 * v0 + v1 * v1) + (v2 * v2 + v3 * v3);
    }
  };
  for (; i + kLanes <= n; i += kLanes) add(kLanes);
  add(n - i);
}

template <class T>
constexpr VectorKernels<T> generic_vector_kernels() {
  return {.all_finite = generic_all_finite<T>,
          .dot = generic_dot<T, T, T>,
          .axpy = generic_axpy<T, T>,
          .dot_wide = generic_dot<double, T, double>,
          .axpy_wide = generic_axpy<double, T>,
          .dot4 = generic_dot4<T>,
          .gram4 = generic_gram4<T>,
          .axpy4 = generic_axpy4<T>,
          .add_moments4 = generic_add_moments4<T>,
          .axpy4_dot4 = generic_axpy4_dot4<T>};
}
