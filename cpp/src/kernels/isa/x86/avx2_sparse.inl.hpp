// Products with pruned weights with AVX2. A batch: 16 rows of X are two registers, each weight or
// block is broadcast, and the sums of 8 outputs are transposed into rows of y. A single row: four
// inputs are gathered by scalar loads, which on Zen and Intel alike are no slower than vgatherdps,
// for four weights; loads are what limits the speed, so indices are loaded in pairs. Two outputs at
// a time: neither waits for its own sums, and half as many loops end unforeseen. Float products
// stay unfused, in the order that table.hpp states. Included by avx2.cpp inside its unnamed
// namespace.

constexpr std::size_t kSparseOutputs = 8;  // transposed at a time

// m[i] lane j to m[j] lane i.
inline void transpose_8x8(__m256 (&m)[8]) noexcept {
  __m256 a[8];
  for (std::size_t i = 0; i < 4; ++i) {
    a[2 * i] = _mm256_unpacklo_ps(m[2 * i], m[2 * i + 1]);
    a[2 * i + 1] = _mm256_unpackhi_ps(m[2 * i], m[2 * i + 1]);
  }
  __m256 b[8];
  for (std::size_t i = 0; i < 2; ++i) {
    b[4 * i] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0x44);
    b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0xEE);
    b[4 * i + 2] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
    b[4 * i + 3] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xEE);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    m[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    m[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}

inline void avx2_sparse_transpose(const void* rows, std::size_t stride, std::size_t m,
                                  std::size_t n, void* out) noexcept {
  const auto* from = static_cast<const unsigned char*>(rows);
  auto* to = static_cast<unsigned char*>(out);
  const std::size_t whole = n - n % 8;
  for (std::size_t j = 0; j < whole; j += 8) {
    for (std::size_t half = 0; half < kSparseRows; half += 8) {
      __m256 tile[8];
      for (std::size_t r = 0; r < 8; ++r) {
        tile[r] = _mm256_setzero_ps();
        if (half + r < m) {
          tile[r] = _mm256_castsi256_ps(load_bytes(from + (half + r) * stride + 4 * j));
        }
      }
      transpose_8x8(tile);
      for (std::size_t c = 0; c < 8; ++c) {
        auto* line = reinterpret_cast<__m256i*>(to + 4 * ((j + c) * kSparseRows + half));
        _mm256_storeu_si256(line, _mm256_castps_si256(tile[c]));
      }
    }
  }
  generic_sparse_transpose(from + 4 * whole, stride, m, n - whole, to + 4 * whole * kSparseRows);
}

// Calls product(o, low, high), which sets the sums of rows 0 to 7 and 8 to 15, for each output, and
// stores what it gives as rows of y. T: float or std::int32_t.
template <class T, class Product>
inline void sparse_outputs(std::size_t n_out, T* y, std::size_t ldy,
                           const Product& product) noexcept {
  std::size_t o = 0;
  for (; o + kSparseOutputs <= n_out; o += kSparseOutputs) {
    __m256 halves[2][kSparseOutputs];
    for (std::size_t i = 0; i < kSparseOutputs; ++i) product(o + i, halves[0][i], halves[1][i]);
    for (std::size_t h = 0; h < 2; ++h) {
      transpose_8x8(halves[h]);
      for (std::size_t r = 0; r < 8; ++r) {
        _mm256_storeu_ps(reinterpret_cast<float*>(y + (8 * h + r) * ldy + o), halves[h][r]);
      }
    }
  }
  for (; o < n_out; ++o) {
    __m256 half[2];
    product(o, half[0], half[1]);
    T sums[kSparseRows];
    __builtin_memcpy(sums, half, sizeof sums);
    for (std::size_t r = 0; r < kSparseRows; ++r) y[r * ldy + o] = sums[r];
  }
}

template <std::size_t kUnit>
inline void avx2_sparse_rows(SparseWeights<float> w, const float* xt, float* y,
                             std::size_t ldy) noexcept {
  sparse_outputs(w.n_out, y, ldy, [&](std::size_t o, __m256& low_sum, __m256& high_sum) {
    __m256 low[kSparseSums];
    __m256 high[kSparseSums];
    for (std::size_t s = 0; s < kSparseSums; ++s) low[s] = high[s] = _mm256_setzero_ps();
    const auto step = [&](std::size_t k, std::size_t s) {
      const __m256 value = _mm256_broadcast_ss(w.values + k);
      const auto unit = static_cast<std::size_t>(w.indices[k / kUnit]);
      const float* x = xt + (unit * kUnit + s % kUnit) * kSparseRows;
      low[s] = _mm256_add_ps(low[s], _mm256_mul_ps(value, _mm256_loadu_ps(x)));
      high[s] = _mm256_add_ps(high[s], _mm256_mul_ps(value, _mm256_loadu_ps(x + 8)));
    };
    const std::size_t end = w.end[o] * kUnit;
    std::size_t k = w.begin[o] * kUnit;
    for (; k + kSparseSums <= end; k += kSparseSums) {
      for (std::size_t s = 0; s < kSparseSums; ++s) step(k + s, s);
    }
    for (std::size_t s = 0; k + s < end; ++s) step(k + s, s);
    low_sum = _mm256_add_ps(_mm256_add_ps(low[0], low[1]), _mm256_add_ps(low[2], low[3]));
    high_sum = _mm256_add_ps(_mm256_add_ps(high[0], high[1]), _mm256_add_ps(high[2], high[3]));
  });
}

// Sets two_sums[i] to the sums of outputs o + i, by sums = step(k, sums) for every fourth k from
// unit * begin to unit * end of each; where there is only one, the second stays zero.
template <std::size_t kUnit, class Weights, class Sums, class Step>
inline void sum_two_outputs(const Weights& w, std::size_t o, Sums (&two_sums)[2],
                            const Step& step) noexcept {
  std::size_t k = kUnit * w.begin[o];
  const std::size_t k_end = kUnit * w.end[o];
  const bool two = o + 1 < w.n_out;
  std::size_t l = two ? kUnit * w.begin[o + 1] : 0;
  const std::size_t l_end = two ? kUnit * w.end[o + 1] : 0;
  const std::size_t both = k_end - k < l_end - l ? k_end - k : l_end - l;
  Sums first{};
  Sums second{};
  for (const std::size_t end = k + both; k < end; k += kSparseSums, l += kSparseSums) {
    first = step(k, first);
    second = step(l, second);
  }
  for (; k < k_end; k += kSparseSums) first = step(k, first);
  for (; l < l_end; l += kSparseSums) second = step(l, second);
  two_sums[0] = first;
  two_sums[1] = second;
}

// The first n of two sums of 4 bytes in the low half.
inline void store_outputs(__m128i sums, std::size_t n, void* y) noexcept {
  if (n == 2) {
    _mm_storel_epi64(static_cast<__m128i*>(y), sums);
  } else {
    const std::int32_t only = _mm_cvtsi128_si32(sums);
    __builtin_memcpy(y, &only, sizeof only);
  }
}

inline std::uint64_t two_indices(const std::int32_t* indices) noexcept {
  std::uint64_t both;
  __builtin_memcpy(&both, indices, sizeof both);
  return both;
}

// The four inputs that weights k to k + 3 meet.
template <std::size_t kUnit>
inline __m128 sparse_inputs(const std::int32_t* indices, std::size_t k, const float* x) noexcept {
  if constexpr (kUnit == kBlock) {
    return _mm_loadu_ps(x + static_cast<std::size_t>(indices[k / kBlock]) * kBlock);
  } else {
    const std::uint64_t low = two_indices(indices + k);
    const std::uint64_t high = two_indices(indices + k + 2);
    return _mm_setr_ps(x[static_cast<std::uint32_t>(low)], x[low >> 32U],
                       x[static_cast<std::uint32_t>(high)], x[high >> 32U]);
  }
}

template <std::size_t kUnit>
inline void avx2_sparse_row(SparseWeights<float> w, const float* x, float* y) noexcept {
  for (std::size_t o = 0; o < w.n_out; o += 2) {
    __m128 sums[2];
    sum_two_outputs<kUnit>(w, o, sums, [&](std::size_t k, __m128 sum) {
      const __m128 inputs = sparse_inputs<kUnit>(w.indices, k, x);
      return _mm_add_ps(sum, _mm_mul_ps(_mm_loadu_ps(w.values + k), inputs));
    });
    const __m128 pairs = _mm_hadd_ps(sums[0], sums[1]);
    store_outputs(_mm_castps_si128(_mm_hadd_ps(pairs, pairs)), w.n_out - o > 1 ? 2 : 1, y + o);
  }
}

inline void avx2_sparse_int8_rows(SparseWeights<std::int8_t> w, const std::uint8_t* xt,
                                  std::int32_t* y, std::size_t ldy) noexcept {
  const __m256i ones = _mm256_set1_epi16(1);
  sparse_outputs(w.n_out, y, ldy, [&](std::size_t o, __m256& low_sum, __m256& high_sum) {
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    const auto step = [&](std::size_t u, std::uint64_t unit) {
      std::int32_t bits;
      __builtin_memcpy(&bits, w.values + u * kBlock, sizeof bits);
      const __m256i value = _mm256_set1_epi32(bits);
      const std::uint8_t* x = xt + unit * (kSparseRows * kBlock);
      const __m256i first = _mm256_maddubs_epi16(load_bytes(x), value);
      const __m256i second = _mm256_maddubs_epi16(load_bytes(x + 32), value);
      low = _mm256_add_epi32(low, _mm256_madd_epi16(first, ones));
      high = _mm256_add_epi32(high, _mm256_madd_epi16(second, ones));
    };
    for (std::size_t u = w.begin[o]; u < w.end[o]; u += kSparseSums) {
      for (std::size_t s = 0; s < kSparseSums; s += 2) {
        const std::uint64_t units = two_indices(w.indices + u + s);
        step(u + s, static_cast<std::uint32_t>(units));
        step(u + s + 1, units >> 32U);
      }
    }
    low_sum = _mm256_castsi256_ps(low);
    high_sum = _mm256_castsi256_ps(high);
  });
}

inline void avx2_sparse_int8_row(SparseWeights<std::int8_t> w, const std::uint8_t* x,
                                 std::int32_t* y) noexcept {
  const __m128i ones = _mm_set1_epi16(1);
  for (std::size_t o = 0; o < w.n_out; o += 2) {
    __m128i sums[2];
    sum_two_outputs<1>(w, o, sums, [&](std::size_t u, __m128i sum) {
      const std::uint64_t units[2] = {two_indices(w.indices + u), two_indices(w.indices + u + 2)};
      std::int32_t quads[kSparseSums];
      for (std::size_t s = 0; s < kSparseSums; ++s) {
        const auto unit = static_cast<std::uint32_t>(units[s / 2] >> (32 * (s % 2)));
        __builtin_memcpy(quads + s, x + std::size_t{unit} * kBlock, kBlock);
      }
      const __m128i inputs = _mm_setr_epi32(quads[0], quads[1], quads[2], quads[3]);
      const auto* values = reinterpret_cast<const __m128i*>(w.values + u * kBlock);
      const __m128i products = _mm_maddubs_epi16(inputs, _mm_loadu_si128(values));
      return _mm_add_epi32(sum, _mm_madd_epi16(products, ones));
    });
    const __m128i pairs = _mm_hadd_epi32(sums[0], sums[1]);
    store_outputs(_mm_hadd_epi32(pairs, pairs), w.n_out - o > 1 ? 2 : 1, y + o);
  }
}

constexpr SparseKernels avx2_sparse_kernels() {
  return {.transpose = avx2_sparse_transpose,
          .f32 = {.rows = avx2_sparse_rows<1>, .row = avx2_sparse_row<1>},
          .f32_blocks = {.rows = avx2_sparse_rows<kBlock>, .row = avx2_sparse_row<kBlock>},
          .int8_rows = avx2_sparse_int8_rows,
          .int8_row = avx2_sparse_int8_row};
}
