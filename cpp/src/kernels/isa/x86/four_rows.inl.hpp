// Four rows at a time, in registers R: Ymm (avx2_registers.inl.hpp) or Zmm
// (avx512_registers.inl.hpp). What is left of a row after its last full register is read by masked
// loads: as lanes of zeros it costs no loop of its own.

// How a loop reads and writes registers: all lanes, or those of a mask.
template <class R>
struct FullLanes {
  auto read(const typename R::Value* p) const noexcept { return R::read(p); }
  void write(typename R::Value* p, typename R::Register v) const noexcept { R::write(p, v); }
};
template <class R>
struct SomeLanes {
  typename R::Mask mask;
  auto read(const typename R::Value* p) const noexcept { return R::read_some(p, mask); }
  void write(typename R::Value* p, typename R::Register v) const noexcept {
    R::write_some(p, mask, v);
  }
};

// step(i, lanes) for every register of n values.
template <class R, class Step>
inline void for_registers(std::size_t n, const Step& step) noexcept {
  std::size_t i = 0;
  for (; i + R::kWidth <= n; i += R::kWidth) step(i, FullLanes<R>{});
  if (i < n) step(i, SomeLanes<R>{R::mask(n - i)});
}

// Four rows times V neighbouring vectors w.
template <class R, std::size_t V, class T = typename R::Value>
inline void wide_dot4_tile(const T* const* x, const T* w, std::size_t stride, std::size_t n,
                           T* sums) noexcept {
  typename R::Register s[V][4];
  for (auto& row : s) {
    for (auto& sum : row) sum = R::fill(0);
  }
  for_registers<R>(n, [&](std::size_t i, const auto& lanes) {
    for (std::size_t v = 0; v < V; ++v) {
      const auto y = lanes.read(w + v * stride + i);
      for (std::size_t r = 0; r < 4; ++r)
        s[v][r] = R::multiply_add(lanes.read(x[r] + i), y, s[v][r]);
    }
  });
  for (std::size_t v = 0; v < V; ++v) {
    R::lane_sums(s[v][0], s[v][1], s[v][2], s[v][3], sums + 4 * v);
  }
}

// Calls step<V>(c) for V of n_vectors from c on: `Most` while there are as many.
template <std::size_t Most, class Step>
inline void by_sharing_outputs(std::size_t n_vectors, const Step& step) noexcept {
  std::size_t c = 0;
  for (; c + Most <= n_vectors; c += Most) step.template operator()<Most>(c);
  if constexpr (Most > 1) {
    if (c < n_vectors) {
      by_sharing_outputs<Most - 1>(n_vectors - c, [&]<std::size_t V>(std::size_t more) {
        step.template operator()<V>(c + more);
      });
    }
  }
}

template <class R, class T = typename R::Value>
void wide_dot4(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
               std::size_t n, T* sums) noexcept {
  by_sharing_outputs<R::kSharing>(n_vectors, [&]<std::size_t V>(std::size_t c) {
    wide_dot4_tile<R, V>(x, w + c * stride, stride, n, sums + 4 * c);
  });
}

template <class R, class T = typename R::Value>
void wide_gram4(const T* const* x, std::size_t n, T* gram) noexcept {
  const auto zero = R::fill(0);
  auto g01 = zero, g02 = zero, g12 = zero, g03 = zero, g13 = zero, g23 = zero;
  for_registers<R>(n, [&](std::size_t i, const auto& lanes) {
    const auto x0 = lanes.read(x[0] + i);
    const auto x1 = lanes.read(x[1] + i);
    const auto x2 = lanes.read(x[2] + i);
    const auto x3 = lanes.read(x[3] + i);
    g01 = R::multiply_add(x0, x1, g01);
    g02 = R::multiply_add(x0, x2, g02);
    g12 = R::multiply_add(x1, x2, g12);
    g03 = R::multiply_add(x0, x3, g03);
    g13 = R::multiply_add(x1, x3, g13);
    g23 = R::multiply_add(x2, x3, g23);
  });
  R::lane_sums(g01, g02, g12, g03, gram);
  T last[4];
  R::lane_sums(g13, g23, zero, zero, last);
  gram[4] = last[0];
  gram[5] = last[1];
}

// Four rows into V neighbouring vectors w.
template <class R, std::size_t V, class T = typename R::Value>
inline void wide_axpy4_tile(const T* a, const T* const* x, T* w, std::size_t stride,
                            std::size_t n) noexcept {
  const T* const x0 = x[0];  // a store might change x itself, for all the compiler knows
  const T* const x1 = x[1];
  const T* const x2 = x[2];
  const T* const x3 = x[3];
  typename R::Register f[4 * V];
  for (std::size_t k = 0; k < 4 * V; ++k) f[k] = R::fill(a[k]);
  for_registers<R>(n, [&](std::size_t i, const auto& lanes) {
    const auto v0 = lanes.read(x0 + i);
    const auto v1 = lanes.read(x1 + i);
    const auto v2 = lanes.read(x2 + i);
    const auto v3 = lanes.read(x3 + i);
    for (std::size_t v = 0; v < V; ++v) {
      const auto left = R::multiply_add(
          f[4 * v + 1], v1, R::multiply_add(f[4 * v], v0, lanes.read(w + v * stride + i)));
      lanes.write(w + v * stride + i,
                  R::multiply_add(f[4 * v + 3], v3, R::multiply_add(f[4 * v + 2], v2, left)));
    }
  });
}

template <class R, class T = typename R::Value>
void wide_axpy4(const T* a, const T* const* x, T* w, std::size_t n) noexcept {
  wide_axpy4_tile<R, 1>(a, x, w, n, n);
}

// One vector: w is read once for both.
template <class R, class T = typename R::Value>
inline void wide_axpy4_dot4_single(const T* a, const T* const* x, const T* const* y, T* w,
                                   std::size_t n, T* sums) noexcept {
  const T* const x0 = x[0];  // a store might change x itself, for all the compiler knows
  const T* const x1 = x[1];
  const T* const x2 = x[2];
  const T* const x3 = x[3];
  const T* const y0 = y[0];
  const T* const y1 = y[1];
  const T* const y2 = y[2];
  const T* const y3 = y[3];
  const auto a0 = R::fill(a[0]);
  const auto a1 = R::fill(a[1]);
  const auto a2 = R::fill(a[2]);
  const auto a3 = R::fill(a[3]);
  auto s0 = R::fill(0), s1 = s0, s2 = s0, s3 = s0;
  for_registers<R>(n, [&](std::size_t i, const auto& lanes) {
    const auto left = R::multiply_add(a1, lanes.read(x1 + i),
                                      R::multiply_add(a0, lanes.read(x0 + i), R::read(w + i)));
    const auto right = R::multiply_add(a3, lanes.read(x3 + i), R::product(a2, lanes.read(x2 + i)));
    const auto sum = R::sum(left, right);
    R::write(w + i, sum);
    s0 = R::multiply_add(lanes.read(y0 + i), sum, s0);
    s1 = R::multiply_add(lanes.read(y1 + i), sum, s1);
    s2 = R::multiply_add(lanes.read(y2 + i), sum, s2);
    s3 = R::multiply_add(lanes.read(y3 + i), sum, s3);
  });
  R::lane_sums(s0, s1, s2, s3, sums);
}

// Several vectors go by tiles of columns for which the rows stay in the first-level cache.
template <class R, class T = typename R::Value>
void wide_axpy4_dot4(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                     std::size_t n_vectors, std::size_t n, T* sums) noexcept {
  constexpr std::size_t kTile = 1600 / sizeof(T);
  if (n_vectors == 1) return wide_axpy4_dot4_single<R>(a, x, y, w, n, sums);
  for (std::size_t k = 0; k < 4 * n_vectors; ++k) sums[k] = T{0};
  for (std::size_t begin = 0; begin < n; begin += kTile) {
    const std::size_t size = n - begin < kTile ? n - begin : kTile;
    const T* const tile_x[4] = {x[0] + begin, x[1] + begin, x[2] + begin, x[3] + begin};
    const T* const tile_y[4] = {y[0] + begin, y[1] + begin, y[2] + begin, y[3] + begin};
    by_sharing_outputs<R::kSharing>(n_vectors, [&]<std::size_t V>(std::size_t c) {
      T* const tile_w = w + c * stride + begin;
      T part[4 * V];
      wide_axpy4_tile<R, V>(a + 4 * c, tile_x, tile_w, stride, size);
      wide_dot4_tile<R, V>(tile_y, tile_w, stride, size, part);
      for (std::size_t k = 0; k < 4 * V; ++k) sums[4 * c + k] += part[k];
    });
  }
}
