/* Written by slimline 0.1.1.dev273+g71d1ba120. C99; nothing to link with.
 * Model 92cd7e406fb323721a71eec1ef0090970bdc1cb482c6269a6509efb214dffac6 */
#if defined(SLIMLINE_PLAIN_H) && !defined(SLIMLINE_PLAIN_H_plain_92cd7e406fb32372)
#error "the header of another model is called plain too: to_c takes a name for each"
#endif
#ifndef SLIMLINE_PLAIN_H
#define SLIMLINE_PLAIN_H
#define SLIMLINE_PLAIN_H_plain_92cd7e406fb32372

#include <stdint.h>

#define PLAIN_N_FEATURES 12
#define PLAIN_N_OUTPUTS 4
#define PLAIN_N_CLASSES 4

static const char *const plain_labels[4] = {"north", "east", "south", "west"};

static inline void plain_relu(float *y, int n) {
  for (int j = 0; j < n; ++j) y[j] = y[j] < 0.0f ? 0.0f : y[j];
}

/* e^x: 2^k times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes, expf). */
static inline float plain_exp(float x) {
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

static const float plain_offset[12] = {
    0.375f, 0.25f, -0.125f, 0.0f, -0.125f, 0.0f, -0.25f, 0.375f,
    -0.5f, -0.125f, -0.25f, 0.25f};
static const float plain_scale[12] = {
    0.875f, 0.75f, 0.625f, 0.5f, 0.625f, 0.5f, 0.75f, 0.875f,
    1.0f, 0.625f, 0.75f, 0.75f};
static inline void plain_input(const float *x, float *y) {
  for (int i = 0; i < 12; ++i) y[i] = (x[i] - plain_offset[i]) * plain_scale[i];
}

static const float plain_w0[120] = {
    1.40234375f, 0.546875f, 0.04296875f, -0.921875f, -0.76953125f, -1.83984375f, -1.69921875f, -1.9375f,
    -1.30078125f, 1.25f, 0.59765625f, 1.6484375f, 0.01171875f, 0.42578125f, 1.8828125f, 0.91796875f,
    0.52734375f, 0.171875f, 0.23828125f, 1.73828125f, -0.890625f, 1.26171875f, 0.6796875f, -1.9921875f,
    -0.42578125f, 1.42578125f, 0.21484375f, -1.8671875f, 1.05859375f, 0.91796875f, 1.3828125f, -1.30078125f,
    -1.64453125f, 1.44921875f, -1.9140625f, 0.1640625f, -1.6796875f, -0.8046875f, -0.078125f, -0.3125f,
    -0.390625f, -1.890625f, -1.98046875f, -1.50390625f, -1.96875f, 0.6796875f, 0.1015625f, 0.5859375f,
    -0.97265625f, 0.4609375f, 1.0546875f, -0.46875f, -0.16015625f, 1.98828125f, 1.21875f, 1.921875f,
    -0.484375f, 0.73828125f, 1.796875f, 0.6015625f, 1.359375f, 0.75f, 0.8125f, -0.4453125f,
    1.5f, -1.4609375f, 0.3125f, 0.8828125f, 1.37890625f, 0.09765625f, -0.5f, -0.76171875f,
    -0.30859375f, -0.05859375f, 0.875f, 1.5546875f, -1.7109375f, 1.734375f, 0.125f, -0.5703125f,
    0.6875f, 0.28515625f, -0.984375f, -0.71484375f, 0.875f, 0.375f, 0.015625f, -0.6484375f,
    1.0390625f, -0.43359375f, -0.6875f, 1.55859375f, -0.9453125f, -1.09375f, 0.85546875f, 0.4921875f,
    -1.80859375f, -1.6640625f, -0.4921875f, 1.328125f, -0.3984375f, 1.14453125f, -0.734375f, -1.04296875f,
    1.1640625f, 1.50390625f, -1.68359375f, -1.76953125f, 0.68359375f, -0.65625f, 0.29296875f, -1.40234375f,
    1.4375f, -0.19921875f, 1.578125f, 1.18359375f, 0.8203125f, -1.078125f, 1.06640625f, -1.79296875f};
static const float plain_b0[10] = {
    0.350585938f, 0.0029296875f, -0.106445312f, -0.419921875f, -0.243164062f, 0.33984375f, -0.0771484375f, 0.21875f,
    -0.452148438f, 0.170898438f};

static inline void plain_layer0(const float *x, float *y) {
  for (int j = 0; j < 10; ++j) {
    const float *w = plain_w0 + (int32_t)j * 12;
    float sum = 0.0f;
    for (int i = 0; i < 12; ++i) sum += w[i] * x[i];
    y[j] = sum + plain_b0[j];
  }
  plain_relu(y, 10);
}

static const float plain_w1[40] = {
    0.27734375f, -0.3828125f, 1.984375f, -1.20703125f, 1.78515625f, -1.640625f, 0.4921875f, 0.3203125f,
    1.59375f, -0.80859375f, 1.60546875f, 0.6875f, 1.55859375f, -1.203125f, 1.03125f, 1.765625f,
    -1.80859375f, -0.54296875f, 0.54296875f, -1.578125f, 0.0390625f, 0.515625f, 1.0546875f, 1.70703125f,
    -0.36328125f, -0.2421875f, -0.10546875f, 1.81640625f, -1.21875f, -0.00390625f, -1.80078125f, -0.30078125f,
    1.78125f, 0.48046875f, -0.6015625f, 1.9765625f, 0.4140625f, 1.79296875f, -1.9375f, -0.16015625f};
static const float plain_b1[4] = {
    0.0693359375f, 0.401367188f, 0.009765625f, -0.450195312f};

static inline void plain_layer1(const float *x, float *y) {
  for (int j = 0; j < 4; ++j) {
    const float *w = plain_w1 + (int32_t)j * 10;
    float sum = 0.0f;
    for (int i = 0; i < 10; ++i) sum += w[i] * x[i];
    y[j] = sum + plain_b1[j];
  }
}

static inline void plain_outputs(const float *x, float *out) {
  float b0[12], b1[12];
  plain_input(x, b0);
  plain_layer0(b0, b1);
  plain_layer1(b1, out);
}

static inline int plain_class(const float *x) {
  float out[4];
  plain_outputs(x, out);
  int best = 0;
  for (int j = 1; j < 4; ++j) best = out[j] > out[best] ? j : best;
  return best;
}

/* p has plain_N_CLASSES entries, in the order of plain_labels. */
static inline void plain_probabilities(const float *x, float *p) {
  float out[4];
  plain_outputs(x, out);
  float most = out[0], total = 0.0f;
  for (int j = 1; j < 4; ++j) most = out[j] > most ? out[j] : most;
  for (int j = 0; j < 4; ++j) total += p[j] = plain_exp(out[j] - most);
  for (int j = 0; j < 4; ++j) p[j] /= total;
}

#endif /* SLIMLINE_PLAIN_H */
