// RowKernels in registers of eight doubles: products of four rows at a time, so that w is loaded
// once for them, and sums of rows in eight registers, so that w is not loaded and stored for each.
// Included by isa/avx512vnni.cpp inside its unnamed namespace.

using Doubles = SLIMLINE_VNNI_512D;

inline std::uint8_t first_lanes(std::size_t n) noexcept {
  return static_cast<std::uint8_t>(n >= 8 ? 0xFFU : (1U << n) - 1U);
}

#ifdef SLIMLINE_SIMDE  // whose masked loads and stores touch all lanes
template <class T>
Doubles load_lanes(std::uint8_t lanes, const T* p) noexcept {
  double all[8] = {};
  for (std::size_t i = 0; i < 8; ++i) {
    if ((lanes >> i & 1) != 0) all[i] = static_cast<double>(p[i]);
  }
  return simde_mm512_loadu_pd(all);
}
inline void store_lanes(std::uint8_t lanes, double* p, Doubles v) noexcept {
  double all[8];
  simde_mm512_storeu_pd(all, v);
  for (std::size_t i = 0; i < 8; ++i) {
    if ((lanes >> i & 1) != 0) p[i] = all[i];
  }
}
#else
inline Doubles load_lanes(std::uint8_t lanes, const double* p) noexcept {
  return _mm512_maskz_loadu_pd(lanes, p);
}
inline Doubles load_lanes(std::uint8_t lanes, const float* p) noexcept {
  return _mm512_maskz_cvtps_pd(0xFF, _mm256_maskz_loadu_ps(lanes, p));
}
inline void store_lanes(std::uint8_t lanes, double* p, Doubles v) noexcept {
  _mm512_mask_storeu_pd(p, lanes, v);
}
#endif

// The sums of the lanes of four registers. (Masked, since GCC 12 warns of the other forms.)
inline __m256d sum_lanes(const Doubles (&v)[4]) noexcept {
  __m256d half[4];
  for (std::size_t i = 0; i < 4; ++i) {
    half[i] = _mm256_add_pd(SLIMLINE_VNNI(_mm512_maskz_extractf64x4_pd)(0xF, v[i], 0),
                            SLIMLINE_VNNI(_mm512_maskz_extractf64x4_pd)(0xF, v[i], 1));
  }
  const __m256d low = _mm256_hadd_pd(half[0], half[1]);
  const __m256d high = _mm256_hadd_pd(half[2], half[3]);
  return _mm256_add_pd(_mm256_permute2f128_pd(low, high, 0x20),
                       _mm256_permute2f128_pd(low, high, 0x31));
}

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
    for (Doubles& s : sum) s = SLIMLINE_VNNI(_mm512_setzero_pd)();
    for (std::size_t j = 0; j < n_cols; j += 8) {
      const std::uint8_t lanes = first_lanes(n_cols - j);
      const Doubles part = load_lanes(lanes, w + j);
      for (std::size_t r = 0; r < 4; ++r) {
        sum[r] = SLIMLINE_VNNI(_mm512_fmadd_pd)(load_lanes(lanes, row[r] + j), part, sum[r]);
      }
    }
    double sums[4];
    _mm256_storeu_pd(sums, sum_lanes(sum));
    for (std::size_t r = 0; r < 4 && k + r < n_rows; ++r) out[k + r] = sums[r];
  }
}

// w += the sum of a[k] x_rows[k] on columns from j on, kRegisters times eight or, in the last
// register, fewer.
template <std::size_t kRegisters, class T>
void avx512_combine_part(const T* x, std::size_t stride, const std::size_t* rows, const double* a,
                         std::size_t n_rows, double* w, std::uint8_t last) noexcept {
  const auto lanes = [&](std::size_t i) noexcept {
    return i + 1 < kRegisters ? first_lanes(8) : last;
  };
  Doubles sum[kRegisters];
  for (std::size_t i = 0; i < kRegisters; ++i) sum[i] = load_lanes(lanes(i), w + 8 * i);
  for (std::size_t k = 0; k < n_rows; ++k) {
    const T* row = x + rows[k] * stride;
    const Doubles factor = SLIMLINE_VNNI(_mm512_set1_pd)(a[k]);
    for (std::size_t i = 0; i < kRegisters; ++i) {
      const Doubles part = load_lanes(lanes(i), row + 8 * i);
      sum[i] = SLIMLINE_VNNI(_mm512_fmadd_pd)(factor, part, sum[i]);
    }
  }
  for (std::size_t i = 0; i < kRegisters; ++i) {
    store_lanes(lanes(i), w + 8 * i, sum[i]);
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
