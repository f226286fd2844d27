/* Written by slimline 0.1.1.dev273+g71d1ba120. C99; nothing to link with.
 * Model 0c65dce90bc1fb4c47a0583dd1f62b32cb048a3e3f7aaaa07b8c3cf693822eec */
#if defined(SLIMLINE_EXACT_H) && !defined(SLIMLINE_EXACT_H_exact_0c65dce90bc1fb4c)
#error "the header of another model is called exact too: to_c takes a name for each"
#endif
#ifndef SLIMLINE_EXACT_H
#define SLIMLINE_EXACT_H
#define SLIMLINE_EXACT_H_exact_0c65dce90bc1fb4c

#include <stdint.h>

#define EXACT_N_FEATURES 12
#define EXACT_N_OUTPUTS 4
#define EXACT_N_CLASSES 4

static const char *const exact_labels[4] = {"north", "east", "south", "west"};

/* Half to even, for |x| < 2^22. */
static inline float exact_round_even(float x) {
  const volatile float shifted = x + 12582912.0f;
  return shifted - 12582912.0f;
}

/* To 0..127, with the scale and the zero point of the row. */
static inline float exact_quantize_row(const float *x, int n, uint8_t *q, int32_t *zero_point) {
  float low = 0.0f, high = 0.0f;
  for (int i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
  }
  float scale = high / 127.0f - low / 127.0f;
  if (scale < 1.17549435e-38f) scale = high > low ? 1.17549435e-38f : 1.0f;
  const float inverse = 1.0f / scale;
  const float zero = exact_round_even(-low * inverse);
  for (int i = 0; i < n; ++i) {
    float value = exact_round_even(x[i] * inverse) + zero;
    value = value < 0.0f ? 0.0f : value;
    q[i] = (uint8_t)(int32_t)(value > 127.0f ? 127.0f : value);
  }
  *zero_point = (int32_t)zero;
  return scale;
}

static inline void exact_relu(float *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = y[j] < 0.0f ? 0.0f : y[j];
}

/* e^x: 2^k times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes, expf). */
static inline float exact_exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float scaled = x * 1.44269504f;
  const int32_t k = (int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
  const float r = (x - (float)k * 0.693359375f) + (float)k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const union { uint32_t bits; float value; } power = {(uint32_t)(k + 127) << 23};
  return p * power.value;
}

static const float exact_offset[12] = {
    0.375f, 0.25f, -0.125f, 0.0f, -0.125f, 0.0f, -0.25f, 0.375f,
    -0.5f, -0.125f, -0.25f, 0.25f};
static const float exact_scale[12] = {
    0.875f, 0.75f, 0.625f, 0.5f, 0.625f, 0.5f, 0.75f, 0.875f,
    1.0f, 0.625f, 0.75f, 0.75f};
static inline void exact_input(const float *x, float *y) {
  for (int i = 0; i < 12; ++i) y[i] = (x[i] - exact_offset[i]) * exact_scale[i];
}

static const int8_t exact_w0[120] = {
    92, 36, 3, -60, -50, -121, -111, -127,
    -85, 82, 39, 108, 1, 27, 120, 59,
    34, 11, 15, 111, -57, 80, 43, -127,
    -28, 95, 14, -124, 70, 61, 92, -86,
    -109, 96, -127, 11, -108, -52, -5, -20,
    -25, -121, -127, -96, -126, 44, 7, 38,
    -62, 29, 67, -30, -10, 127, 78, 123,
    -31, 47, 115, 38, 115, 64, 69, -38,
    127, -124, 26, 75, 117, 8, -42, -64,
    -23, -4, 64, 114, -125, 127, 9, -42,
    50, 21, -72, -52, 71, 31, 1, -53,
    85, -35, -56, 127, -77, -89, 70, 40,
    -127, -117, -35, 93, -28, 80, -52, -73,
    82, 106, -118, -124, 48, -46, 21, -99,
    102, -14, 112, 84, 58, -76, 76, -127};
static const int32_t exact_sum0[10] = {
    -194, 317, -35, -591, 491, 333, 67, 115,
    -313, 139};
static const float exact_s0[10] = {
    0.0152559057f, 0.0156865157f, 0.0150713585f, 0.0155942421f, 0.0156557579f, 0.0118110236f, 0.0136564961f, 0.0122723915f,
    0.0142408954f, 0.014117864f};
static const float exact_b0[10] = {
    0.350585938f, 0.0029296875f, -0.106445312f, -0.419921875f, -0.243164062f, 0.33984375f, -0.0771484375f, 0.21875f,
    -0.452148438f, 0.170898438f};

static inline void exact_layer0(const float *x, float *y) {
  uint8_t q[12];
  int32_t zero_point;
  const float row_scale = exact_quantize_row(x, 12, q, &zero_point);
  for (int j = 0; j < 10; ++j) {
    const int8_t *w = exact_w0 + (int32_t)j * 12;
    int32_t sum = -zero_point * exact_sum0[j];
    for (int i = 0; i < 12; ++i) sum += (int32_t)w[i] * q[i];
    y[j] = (float)sum * (row_scale * exact_s0[j]) + exact_b0[j];
  }
  exact_relu(y, 10);
}

static const int8_t exact_w1[40] = {
    18, -24, 127, -77, 114, -105, 32, 20,
    102, -52, 113, 48, 109, -84, 72, 124,
    -127, -38, 38, -111, 3, 36, 74, 119,
    -25, -17, -7, 127, -85, 0, -116, -19,
    114, 31, -39, 127, 27, 115, -124, -10};
static const int32_t exact_sum1[4] = {
    155, 144, 225, 106};
static const float exact_s1[4] = {
    0.015625f, 0.0142408954f, 0.0143024111f, 0.0155634843f};
static const float exact_b1[4] = {
    0.0693359375f, 0.401367188f, 0.009765625f, -0.450195312f};

static inline void exact_layer1(const float *x, float *y) {
  uint8_t q[10];
  int32_t zero_point;
  const float row_scale = exact_quantize_row(x, 10, q, &zero_point);
  for (int j = 0; j < 4; ++j) {
    const int8_t *w = exact_w1 + (int32_t)j * 10;
    int32_t sum = -zero_point * exact_sum1[j];
    for (int i = 0; i < 10; ++i) sum += (int32_t)w[i] * q[i];
    y[j] = (float)sum * (row_scale * exact_s1[j]) + exact_b1[j];
  }
}

static inline void exact_outputs(const float *x, float *out) {
  float b0[12], b1[12];
  exact_input(x, b0);
  exact_layer0(b0, b1);
  exact_layer1(b1, out);
}

static inline int exact_class(const float *x) {
  float out[4];
  exact_outputs(x, out);
  int best = 0;
  for (int j = 1; j < 4; ++j) best = out[j] > out[best] ? j : best;
  return best;
}

/* p has exact_N_CLASSES entries, in the order of exact_labels. */
static inline void exact_probabilities(const float *x, float *p) {
  float out[4];
  exact_outputs(x, out);
  float most = out[0], total = 0.0f;
  for (int j = 1; j < 4; ++j) most = out[j] > most ? out[j] : most;
  for (int j = 0; j < 4; ++j) total += p[j] = exact_exp(out[j] - most);
  for (int j = 0; j < 4; ++j) p[j] /= total;
}

#endif /* SLIMLINE_EXACT_H */
