// Quantizing rows and taking sums back to float32. Plain C++ in one fixed order, which compilers
// turn into SIMD; with -ffp-contract=off every instruction set gives the same bits. Included by
// kernels/isa/*.cpp inside their unnamed namespace.

constexpr std::size_t kQuantizeLanes = 16;
constexpr float kActivationMax = 127.0F;
constexpr float kSmallestScale =
    1.17549435e-38F;  // FLT_MIN: below it, x / scale loses its precision

// Rounds half to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for the fraction.
inline float round_even(float x) noexcept {
  constexpr float kShift = 12582912.0F;
  return (x + kShift) - kShift;
}

inline RowScale generic_quantize_row(const float* x, std::size_t n, std::uint8_t* q) noexcept {
  float low[kQuantizeLanes] = {};
  float high[kQuantizeLanes] = {};
  float wrong[kQuantizeLanes] = {};  // x - x is 0, or NaN for infinities and NaN
  std::size_t i = 0;
  for (; i + kQuantizeLanes <= n; i += kQuantizeLanes) {
    for (std::size_t k = 0; k < kQuantizeLanes; ++k) {
      low[k] = x[i + k] < low[k] ? x[i + k] : low[k];
      high[k] = x[i + k] > high[k] ? x[i + k] : high[k];
      wrong[k] += x[i + k] - x[i + k];
    }
  }
  for (; i < n; ++i) {
    low[0] = x[i] < low[0] ? x[i] : low[0];
    high[0] = x[i] > high[0] ? x[i] : high[0];
    wrong[0] += x[i] - x[i];
  }
  for (std::size_t k = 1; k < kQuantizeLanes; ++k) {
    low[0] = low[k] < low[0] ? low[k] : low[0];
    high[0] = high[k] > high[0] ? high[k] : high[0];
    wrong[0] += wrong[k];
  }
  // Divided one by one: high - low may overflow.
  float scale = high[0] / kActivationMax - low[0] / kActivationMax;
  // A layer before this one has overflowed (X itself is checked): NaN says so.
  if (wrong[0] != 0.0F) {
    for (i = 0; i < n; ++i) q[i] = 0;
    return {wrong[0], 0};
  }
  if (scale < kSmallestScale) scale = high[0] > low[0] ? kSmallestScale : 1.0F;
  const float zero_point = round_even(-low[0] / scale);
  for (i = 0; i < n; ++i) {
    float value = round_even(x[i] / scale) + zero_point;
    value = value < 0.0F ? 0.0F : value;
    value = value > kActivationMax ? kActivationMax : value;
    q[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(value));
  }
  return {scale, static_cast<std::int32_t>(zero_point)};
}

inline void generic_dequantize_row(const std::int32_t* acc, RowScale row,
                                   const std::int32_t* column_sum, const float* scale,
                                   const float* bias, std::size_t n, float* y) noexcept {
  for (std::size_t j = 0; j < n; ++j) {
    const std::int32_t sum = acc[j] - row.zero_point * column_sum[j];
    y[j] = static_cast<float>(sum) * (row.scale * scale[j]) + bias[j];
  }
}

constexpr QuantizeKernels generic_quantize_kernels() {
  return {.quantize_row = generic_quantize_row, .dequantize_row = generic_dequantize_row};
}
