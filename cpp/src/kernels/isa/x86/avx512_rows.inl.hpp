// RowKernels in registers of eight doubles: products of four rows at a time, so that w is loaded
// once for them, and sums of rows in eight registers, so that w is not loaded and stored for each.
// Included after avx512_registers.inl.hpp.

inline Wide::Mask first_lanes(std::size_t n) noexcept {
  return Wide::mask(n < Wide::kWidth ? n : Wide::kWidth);
}

inline Doubles read_lanes(Wide::Mask lanes, const double* p) noexcept {
  return Wide::read_some(p, lanes);
}
#ifndef SLIMLINE_SIMDE
inline Doubles read_lanes(Wide::Mask lanes, const float* p) noexcept {
  return _mm512_maskz_cvtps_pd(0xFF, _mm256_maskz_loadu_ps(lanes, p));
}
#else
inline Doubles read_lanes(Wide::Mask count, const float* p) noexcept {
  double lanes[Wide::kWidth] = {};
  for (std::size_t k = 0; k < count; ++k) lanes[k] = static_cast<double>(p[k]);
  return Wide::read(lanes);
}
#endif

// Rows may lie anywhere: of 200,000 rows of 50 doubles, products take two thirds of the time when
// memory is asked for those that come sixteen later.
constexpr std::size_t kRowsAhead = 16;

inline void prefetch_bytes(const void* begin, std::size_t size) noexcept {
  const char* p = static_cast<const char*>(begin);
  for (std::size_t i = 0; i < size; i += 64) _mm_prefetch(p + i, _MM_HINT_T0);
}

template <class T>
void avx512_row_products(const T* x, std::size_t stride, const std::size_t* rows,
                         std::size_t n_rows, const double* w, std::size_t n_cols,
                         double* out) noexcept {
  constexpr std::size_t kMostAhead = 512;  // bytes; of longer rows the processor foresees the rest
  const std::size_t size = n_cols * sizeof(T) < kMostAhead ? n_cols * sizeof(T) : kMostAhead;
  for (std::size_t k = 0; k < n_rows; k += 4) {
    for (std::size_t r = k + kRowsAhead; r < k + kRowsAhead + 4 && r < n_rows; ++r) {
      prefetch_bytes(x + rows[r] * stride, size);
    }
    const T* row[4];
    for (std::size_t r = 0; r < 4; ++r) {
      row[r] = x + rows[k + r < n_rows ? k + r : n_rows - 1] * stride;
    }
    Doubles sum[4];
    for (Doubles& s : sum) s = Wide::fill(0);
    for (std::size_t j = 0; j < n_cols; j += 8) {
      const Wide::Mask lanes = first_lanes(n_cols - j);
      const Doubles part = read_lanes(lanes, w + j);
      for (std::size_t r = 0; r < 4; ++r) {
        sum[r] = Wide::multiply_add(read_lanes(lanes, row[r] + j), part, sum[r]);
      }
    }
    double sums[4];
    Wide::lane_sums(sum[0], sum[1], sum[2], sum[3], sums);
    for (std::size_t r = 0; r < 4 && k + r < n_rows; ++r) out[k + r] = sums[r];
  }
}

// w += the sum of a[k] x_rows[k] on columns from j on, kRegisters times eight or, in the last
// register, fewer.
template <std::size_t kRegisters, class T>
void avx512_combine_part(const T* x, std::size_t stride, const std::size_t* rows, const double* a,
                         std::size_t n_rows, double* w, Wide::Mask last) noexcept {
  const auto lanes = [&](std::size_t i) noexcept {
    return i + 1 < kRegisters ? first_lanes(8) : last;
  };
  Doubles sum[kRegisters];
  for (std::size_t i = 0; i < kRegisters; ++i) sum[i] = read_lanes(lanes(i), w + 8 * i);
  for (std::size_t k = 0; k < n_rows; ++k) {
    const T* row = x + rows[k] * stride;
    const Doubles factor = Wide::fill(a[k]);
    for (std::size_t i = 0; i < kRegisters; ++i) {
      const Doubles part = read_lanes(lanes(i), row + 8 * i);
      sum[i] = Wide::multiply_add(factor, part, sum[i]);
    }
  }
  for (std::size_t i = 0; i < kRegisters; ++i) {
    Wide::write_some(w + 8 * i, lanes(i), sum[i]);
  }
}

// Rows with a = 0 are left out of blocks of rows, which stay in the cache for all their columns.
template <class T>
void avx512_row_combine(const T* x, std::size_t stride, const std::size_t* rows, std::size_t n_rows,
                        const double* a, double* w, std::size_t n_cols) noexcept {
  constexpr std::size_t kBlock = 128;
  std::size_t used[kBlock];
  double factors[kBlock];
  for (std::size_t begin = 0; begin < n_rows; begin += kBlock) {
    std::size_t n = 0;
    for (std::size_t k = begin; k < n_rows && k < begin + kBlock; ++k) {
      used[n] = rows[k];
      factors[n] = a[k];
      n += a[k] != 0 ? 1 : 0;
    }
    std::size_t j = 0;
    for (; j + 64 < n_cols; j += 64) {
      avx512_combine_part<8>(x + j, stride, used, factors, n, w + j, first_lanes(8));
    }
    for (; j + 32 < n_cols; j += 32) {
      avx512_combine_part<4>(x + j, stride, used, factors, n, w + j, first_lanes(8));
    }
    for (; j + 16 < n_cols; j += 16) {
      avx512_combine_part<2>(x + j, stride, used, factors, n, w + j, first_lanes(8));
    }
    for (; j < n_cols; j += 8) {
      avx512_combine_part<1>(x + j, stride, used, factors, n, w + j, first_lanes(n_cols - j));
    }
  }
}

template <class T>
constexpr RowKernels<T> avx512_row_kernels() {
  return {.products = avx512_row_products<T>, .combine = avx512_row_combine<T>};
}
