// Quantizing with AVX2: 32 values at a time, packed to bytes with saturation, which does most of
// the clamping. The bits are those of generic/quantize.inl.hpp, which also takes the tails and the
// steps that compilers vectorise well. Included by avx2.cpp inside its unnamed namespace.

inline __m256i bits_of(__m256 x) noexcept { return _mm256_castps_si256(x); }

inline __m256 at_most_127(__m256 x) noexcept {
  return _mm256_min_ps(_mm256_set1_ps(kActivationMax), x);  // NaN stays NaN
}

// Writes int16 values i..i+15 of two registers as bytes in 0..127, given packs_epi32's order.
inline __m256i to_bytes(__m256i ab, __m256i cd) noexcept {
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(ab, cd), order);
  return _mm256_min_epu8(bytes, _mm256_set1_epi8(127));
}

// q[i] = clamp(round(at(i)) + zero_point, 0, 127) for as many values as whole registers take;
// returns how many. at(i) gives values i..i+7, which are at most 2^15; very negative ones and NaN
// become 0.
template <class At>
inline std::size_t store_u7(std::size_t n, std::int32_t zero_point, std::uint8_t* q,
                            const At& at) noexcept {
  const __m256i zero = _mm256_set1_epi16(static_cast<std::int16_t>(zero_point));
  const auto whole = [&](std::size_t i) { return _mm256_cvtps_epi32(at(i)); };
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i ab = _mm256_packs_epi32(whole(i), whole(i + 8));
    const __m256i cd = _mm256_packs_epi32(whole(i + 16), whole(i + 24));
    const __m256i bytes = to_bytes(_mm256_adds_epi16(ab, zero), _mm256_adds_epi16(cd, zero));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q + i), bytes);
  }
  for (; i + 8 <= n; i += 8) {
    const __m256i words = _mm256_packs_epi32(whole(i), _mm256_setzero_si256());
    const __m256i bytes = to_bytes(_mm256_adds_epi16(words, zero), _mm256_setzero_si256());
    _mm_storel_epi64(reinterpret_cast<__m128i*>(q + i), _mm256_castsi256_si128(bytes));
  }
  return i;
}

inline float lowest(__m256 x) noexcept {
  __m128 half = _mm_min_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  half = _mm_min_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_min_ss(half, _mm_movehdup_ps(half)));
}

inline std::uint32_t largest_bits(__m256i x) noexcept {
  __m128i half = _mm_max_epu32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0x4E));
  half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0xB1));
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(half));
}

inline RowRange avx2_row_range(const float* x, std::size_t n) noexcept {
  const __m256i magnitude = _mm256_set1_epi32(static_cast<std::int32_t>(kMagnitudeBits));
  __m256 low[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  __m256 negated_high[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  __m256i largest[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  const __m256 sign = _mm256_set1_ps(-0.0F);
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::size_t k = 0; k < 2; ++k) {
      const __m256 values = _mm256_loadu_ps(x + i + 8 * k);
      low[k] = _mm256_min_ps(values, low[k]);
      negated_high[k] = _mm256_min_ps(_mm256_xor_ps(values, sign), negated_high[k]);
      largest[k] = _mm256_max_epu32(_mm256_and_si256(bits_of(values), magnitude), largest[k]);
    }
  }
  RowRange range{lowest(_mm256_min_ps(low[0], low[1])),
                 -lowest(_mm256_min_ps(negated_high[0], negated_high[1])),
                 largest_bits(_mm256_max_epu32(largest[0], largest[1]))};
  for (; i < n; ++i) extend_range(range, x[i]);
  return range;
}

inline RowScale avx2_quantize_row(const float* x, std::size_t n, std::uint8_t* q) noexcept {
  const RowLevels levels = row_levels(avx2_row_range(x, n));
  const __m256 inverse = _mm256_set1_ps(levels.inverse);
  const std::size_t done = store_u7(n, levels.scale.zero_point, q, [&](std::size_t i) {
    return _mm256_mul_ps(_mm256_loadu_ps(x + i), inverse);
  });
  quantize_values(x + done, levels.inverse, static_cast<float>(levels.scale.zero_point), n - done,
                  q + done);
  return levels.scale;
}

inline void avx2_quantize_levels(const float* x, Levels levels, std::size_t n,
                                 std::uint8_t* q) noexcept {
  const std::size_t done = store_u7(n, 0, q, [&](std::size_t i) {
    const __m256 above = _mm256_sub_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(levels.low + i));
    return at_most_127(_mm256_mul_ps(above, _mm256_loadu_ps(levels.inverse + i)));
  });
  generic_quantize_levels(x + done, {levels.low + done, levels.inverse + done}, n - done, q + done);
}

// Outputs i..i+7; see output_at.
template <bool kRelu>
inline __m256 outputs_at(const std::int32_t* acc, RowScale row, Outputs outputs,
                         std::size_t i) noexcept {
  const __m256i offset =
      _mm256_mullo_epi32(_mm256_set1_epi32(row.zero_point), load_bytes(outputs.column_sum + i));
  const __m256 sum = _mm256_cvtepi32_ps(_mm256_sub_epi32(load_bytes(acc + i), offset));
  const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(row.scale), _mm256_loadu_ps(outputs.scale + i));
  const __m256 y = _mm256_add_ps(_mm256_mul_ps(sum, scale), _mm256_loadu_ps(outputs.bias + i));
  return kRelu ? _mm256_max_ps(_mm256_setzero_ps(), y) : y;  // NaN stays NaN
}

template <bool kRelu>
inline std::size_t avx2_outputs_to_u7(const std::int32_t* acc, RowScale row, Outputs outputs,
                                      Levels levels, std::size_t n, std::uint8_t* q) noexcept {
  return store_u7(n, 0, q, [&](std::size_t i) {
    const __m256 y = outputs_at<kRelu>(acc, row, outputs, i);
    const __m256 above = _mm256_sub_ps(y, _mm256_loadu_ps(levels.low + i));
    return at_most_127(_mm256_mul_ps(above, _mm256_loadu_ps(levels.inverse + i)));
  });
}

inline void avx2_to_u7(const std::int32_t* acc, RowScale row, Outputs outputs, Levels levels,
                       std::size_t n, std::uint8_t* q) noexcept {
  const std::size_t done = outputs.relu
                               ? avx2_outputs_to_u7<true>(acc, row, outputs, levels, n, q)
                               : avx2_outputs_to_u7<false>(acc, row, outputs, levels, n, q);
  const Outputs rest{outputs.column_sum + done, outputs.scale + done, outputs.bias + done,
                     outputs.relu};
  generic_to_u7(acc + done, row, rest, {levels.low + done, levels.inverse + done}, n - done,
                q + done);
}

constexpr QuantizeKernels avx2_quantize_kernels() {
  return {.quantize_row = avx2_quantize_row,
          .quantize_levels = avx2_quantize_levels,
          .to_float = generic_to_float,
          .to_u7 = avx2_to_u7};
}
