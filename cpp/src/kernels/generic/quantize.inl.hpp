// Quantizing rows, and converting sums to float32 or u7. Plain C++ in one fixed order, which
// compilers turn into SIMD; with -ffp-contract=off every instruction set gives the same bits.
// Included by kernels/isa/**.cpp inside their unnamed namespace.

constexpr std::size_t kQuantizeLanes = 16;
constexpr float kActivationMax = 127.0F;
constexpr float kSmallestScale = 1.17549435e-38F;  // FLT_MIN: a smaller one would lose precision

// What quantize_row must know of a row: its range with zero, and the bits of its largest magnitude,
// which for infinities and NaN are kInfinityBits and more.
struct RowRange {
  float low;
  float high;
  std::uint32_t largest;
};

constexpr std::uint32_t kMagnitudeBits = 0x7FFFFFFFU;
constexpr std::uint32_t kInfinityBits = 0x7F800000U;

inline std::uint32_t magnitude_bits(float x) noexcept {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits & kMagnitudeBits;
}

// Rounds half to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for the fraction.
inline float round_even(float x) noexcept {
  constexpr float kShift = 12582912.0F;
  return (x + kShift) - kShift;
}

// To 0..127; NaN gives 0.
inline float clamp_u7(float x) noexcept {
  x = x > 0.0F ? x : 0.0F;
  return x < kActivationMax ? x : kActivationMax;
}

inline std::uint8_t to_byte(float x) noexcept {
  return static_cast<std::uint8_t>(static_cast<std::int32_t>(x));
}

inline void extend_range(RowRange& range, float x) noexcept {
  const std::uint32_t bits = magnitude_bits(x);
  range.low = x < range.low ? x : range.low;
  range.high = x > range.high ? x : range.high;
  range.largest = bits > range.largest ? bits : range.largest;
}

inline RowRange generic_row_range(const float* x, std::size_t n) noexcept {
  RowRange lanes[kQuantizeLanes] = {};
  std::size_t i = 0;
  for (; i + kQuantizeLanes <= n; i += kQuantizeLanes) {
    for (std::size_t k = 0; k < kQuantizeLanes; ++k) extend_range(lanes[k], x[i + k]);
  }
  for (; i < n; ++i) extend_range(lanes[0], x[i]);
  for (std::size_t k = 1; k < kQuantizeLanes; ++k) {
    const RowRange lane = lanes[k];
    lanes[0].low = lane.low < lanes[0].low ? lane.low : lanes[0].low;
    lanes[0].high = lane.high > lanes[0].high ? lane.high : lanes[0].high;
    lanes[0].largest = lane.largest > lanes[0].largest ? lane.largest : lanes[0].largest;
  }
  return lanes[0];
}

// The scale and zero point of a row, and 1 / scale. A layer before this one may have overflowed: it
// says so by a scale of NaN.
struct RowLevels {
  RowScale scale;
  float inverse;
};

inline RowLevels row_levels(RowRange range) noexcept {
  if (range.largest >= kInfinityBits) return {{__builtin_nanf(""), 0}, 0.0F};
  // Divided one by one: high - low may overflow.
  float scale = range.high / kActivationMax - range.low / kActivationMax;
  if (scale < kSmallestScale) scale = range.high > range.low ? kSmallestScale : 1.0F;
  const float inverse = 1.0F / scale;
  const float zero_point = round_even(-range.low * inverse);
  return {{scale, static_cast<std::int32_t>(zero_point)}, inverse};
}

inline void quantize_values(const float* x, float inverse, float zero_point, std::size_t n,
                            std::uint8_t* q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    q[i] = to_byte(clamp_u7(round_even(x[i] * inverse) + zero_point));
  }
}

inline RowScale generic_quantize_row(const float* x, std::size_t n, std::uint8_t* q) noexcept {
  const RowLevels levels = row_levels(generic_row_range(x, n));
  quantize_values(x, levels.inverse, static_cast<float>(levels.scale.zero_point), n, q);
  return levels.scale;
}

inline void generic_quantize_levels(const float* x, Levels levels, std::size_t n,
                                    std::uint8_t* q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    q[i] = to_byte(round_even(clamp_u7((x[i] - levels.low[i]) * levels.inverse[i])));
  }
}

template <bool kRelu>
inline float output_at(const std::int32_t* acc, RowScale row, Outputs outputs,
                       std::size_t j) noexcept {
  const std::int32_t sum = acc[j] - row.zero_point * outputs.column_sum[j];
  const float y = static_cast<float>(sum) * (row.scale * outputs.scale[j]) + outputs.bias[j];
  return kRelu && y < 0.0F ? 0.0F : y;  // NaN stays NaN
}

inline void generic_to_float(const std::int32_t* acc, RowScale row, Outputs outputs, std::size_t n,
                             float* y) noexcept {
  if (outputs.relu) {
    for (std::size_t j = 0; j < n; ++j) y[j] = output_at<true>(acc, row, outputs, j);
  } else {
    for (std::size_t j = 0; j < n; ++j) y[j] = output_at<false>(acc, row, outputs, j);
  }
}

template <bool kRelu>
inline void outputs_to_u7(const std::int32_t* acc, RowScale row, Outputs outputs, Levels levels,
                          std::size_t n, std::uint8_t* q) noexcept {
  for (std::size_t j = 0; j < n; ++j) {
    const float y = output_at<kRelu>(acc, row, outputs, j);
    q[j] = to_byte(round_even(clamp_u7((y - levels.low[j]) * levels.inverse[j])));
  }
}

inline void generic_to_u7(const std::int32_t* acc, RowScale row, Outputs outputs, Levels levels,
                          std::size_t n, std::uint8_t* q) noexcept {
  if (outputs.relu) {
    outputs_to_u7<true>(acc, row, outputs, levels, n, q);
  } else {
    outputs_to_u7<false>(acc, row, outputs, levels, n, q);
  }
}

constexpr QuantizeKernels generic_quantize_kernels() {
  return {.quantize_row = generic_quantize_row,
          .quantize_levels = generic_quantize_levels,
          .to_float = generic_to_float,
          .to_u7 = generic_to_u7};
}
