// The kernel table: what every instruction set offers, as constant data.
//
// Each file in kernels/isa/ is one compilation of kernels/generic/*.inl.hpp with its own flags,
// plus the entries that it writes by hand, and exports exactly one symbol: its KernelTable.
// Everything else in it lives in an unnamed namespace. Those files include nothing but <cstddef>,
// <cstdint>, the intrinsics header, generic/*.inl.hpp and this header: an inline or template
// function shared with other files could be kept by the linker in its AVX2 version and crash older
// CPUs. A test reads the object files and counts their symbols.
//
// Kernels take raw pointers, never allocate, never throw. Unless said otherwise pointers need no
// alignment, inputs and outputs don't overlap, and sizes may be 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slimline::kernels {

enum CpuFeature : std::uint32_t {
  kX86V2 = 1U << 0U,    // SSE4.2, POPCNT, SSSE3: the x86-64-v2 level
  kAvx2Fma = 1U << 1U,  // AVX2 and FMA, with the operating system saving ymm registers
  kAvxVnni = 1U << 2U,
  kAvx512Vnni = 1U << 3U,  // with F, BW, DQ and VL, and zmm registers saved
  kDotProduct = 1U << 4U,  // AArch64: sdot
};

// The most bytes of a register: vectors with room for whole ones are written without masks, whose
// stores would not be forwarded to the next load.
inline constexpr std::size_t kPadded = 64;

// Vectors of T (float or double). The *_wide forms keep a float row against double state: what
// solvers use to decide in float64 without a float64 copy of X.
template <class T>
struct VectorKernels {
  // Whether no value is NaN or infinite.
  bool (*all_finite)(const T* x, std::size_t n) noexcept;
  // sum x[i] y[i]
  T (*dot)(const T* x, const T* y, std::size_t n) noexcept;
  // y[i] += a x[i]
  void (*axpy)(T a, const T* x, T* y, std::size_t n) noexcept;
  // sum x[i] w[i], accumulated in double
  double (*dot_wide)(const T* x, const double* w, std::size_t n) noexcept;
  // w[i] += a x[i]
  void (*axpy_wide)(double a, const T* x, double* w, std::size_t n) noexcept;
  // Four rows x[r] at once, so that w is loaded, and stored, once for all of them.
  // sums[4 c + r] = x[r] . w[c], with w[c] = w + c stride, for n_vectors of them.
  void (*dot4)(const T* const* x, const T* w, std::size_t stride, std::size_t n_vectors,
               std::size_t n, T* sums) noexcept;
  // gram = the products x[r] . x[q] for r < q: 01 02 12 03 13 23.
  void (*gram4)(const T* const* x, std::size_t n, T* gram) noexcept;
  // w += sum_r a[r] x[r]
  void (*axpy4)(const T* a, const T* const* x, T* w, std::size_t n) noexcept;
  // With v[r] = s[r] x[r]^2: sums += sum_r v[r], squares += sum_r v[r]^2
  void (*add_moments4)(const T* s, const T* const* x, std::size_t n, T* sums, T* squares) noexcept;
  // The same for n_vectors w[c] with a[4 c + r], and then sums[4 c + r] = y[r] . w[c], in one pass
  // over them. Each w[c] has room, filled with zeros, up to a multiple of kPadded bytes.
  void (*axpy4_dot4)(const T* a, const T* const* x, const T* const* y, T* w, std::size_t stride,
                     std::size_t n_vectors, std::size_t n, T* sums) noexcept;
};

// Rows of a dense X, rows[k] at x + rows[k] stride, against a vector of doubles w, one entry for
// each of n_cols columns; all sums in double.
template <class T>
struct RowKernels {
  // out[k] = x_rows[k] . w for k < n_rows
  void (*products)(const T* x, std::size_t stride, const std::size_t* rows, std::size_t n_rows,
                   const double* w, std::size_t n_cols, double* out) noexcept;
  // w += sum over k < n_rows of a[k] x_rows[k]
  void (*combine)(const T* x, std::size_t stride, const std::size_t* rows, std::size_t n_rows,
                  const double* a, double* w, std::size_t n_cols) noexcept;
};

// Columns in a panel of packed weights: two 8-lane registers of sums.
inline constexpr std::size_t kPanel = 16;

// Quads in a block of a panel of int8 weights: 1,024 k, of which a panel (16 KB) and four rows of A
// stay in the first-level cache.
inline constexpr std::size_t kBlockQuads = 256;

// Int8 weights as [panel][quad][kPanel][4]: a quad is four consecutive k, and their number is even.
// With half_last, the last panel is [quad][kPanel / 2][4]: no time for columns that are not there.
// Two quads of a block are a couple when any activations up to 127 times the four weights that
// share an int16 lane, two of each quad, stay within int16. Within a block, couples come first:
// `couples` counts them, and the quad in place q holds k = 4 order[q] and on of the block.
struct Int8Panels {
  const std::int8_t* b;
  const std::uint8_t* order;    // [panel][quads], each within its block
  const std::uint8_t* couples;  // [panel][blocks]
  std::size_t n_panels;
  std::size_t quads;
  bool half_last;
};

// Products with weights B (K x N) packed into n_panels panels of kPanel columns, the last one
// padded with zeros. Sums go to c[i * ldc + j] for i < m and j < n_panels * kPanel; int8 products
// leave out the second half of a last panel that is half.
struct GemmKernels {
  // B as [panel][k][kPanel]. Every sum runs over k in order in one accumulator, so that a row gives
  // the same bits alone and in a batch.
  void (*f32)(const float* a, std::size_t lda, const float* b, std::size_t n_panels, std::size_t m,
              std::size_t k, float* c, std::size_t ldc) noexcept;
  // The same with A given as A', k rows of m: element (i, l) of A is a[l * lda + i].
  void (*f32_at)(const float* a, std::size_t lda, const float* b, std::size_t n_panels,
                 std::size_t m, std::size_t k, float* c, std::size_t ldc) noexcept;
  // Rows of A are readable up to 4 B.quads bytes, and zero from K on. Exact for a <= 127 and
  // |b| <= 127 as long as int32 holds the sums.
  void (*u7s8)(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m, std::int32_t* c,
               std::size_t ldc) noexcept;
  // The same for a <= 255.
  void (*u8s8)(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m, std::int32_t* c,
               std::size_t ldc) noexcept;
};

// A row as u7: x ~ scale * (q - zero_point).
struct RowScale {
  float scale;
  std::int32_t zero_point;
};

// What becomes of sums of integers, column by column:
// y[j] = float(acc[j] - row.zero_point * column_sum[j]) * (row.scale * scale[j]) + bias[j],
// and if relu, 0 where that is negative.
struct Outputs {
  const std::int32_t* column_sum;
  const float* scale;
  const float* bias;
  bool relu;
};

// Values as u7 with a range of each column's own: q = clamp(round((x - low) * inverse), 0, 127),
// rounded half to even; NaN gives 0.
struct Levels {
  const float* low;
  const float* inverse;
};

// Between float32 and integers, in one fixed order of unfused operations: the same bits everywhere.
struct QuantizeKernels {
  // x to q = clamp(round(x * (1 / scale)) + zero_point, 0, 127) with the scale that fits the row.
  // Zero is represented exactly. Infinities and NaN give scale NaN.
  RowScale (*quantize_row)(const float* x, std::size_t n, std::uint8_t* q) noexcept;
  void (*quantize_levels)(const float* x, Levels levels, std::size_t n, std::uint8_t* q) noexcept;
  void (*to_float)(const std::int32_t* acc, RowScale row, Outputs outputs, std::size_t n,
                   float* y) noexcept;
  // The same, and y on to u7.
  void (*to_u7)(const std::int32_t* acc, RowScale row, Outputs outputs, Levels levels,
                std::size_t n, std::uint8_t* q) noexcept;
};

// Rows of X handled at a time by the sparse products and by the bins of histograms.
inline constexpr std::size_t kSparseRows = 16;
// Sums that take turns over the weights of an output: sum s holds the products k = s, s + 4, ...
inline constexpr std::size_t kSparseSums = 4;
// Inputs of a block of weights: what one int32 lane of an integer product adds up.
inline constexpr std::size_t kBlock = 4;

// Weights by output: output o has the units begin[o] to end[o], and room up to begin[o + 1] that is
// filled with zero weights, so that every begin is a multiple of kSparseSums. A unit is one weight
// in column indices[u], or a block of them, in columns kBlock * indices[u] and on.
template <class T>
struct SparseWeights {
  const T* values;
  const std::int32_t* indices;
  const std::size_t* begin;
  const std::size_t* end;
  std::size_t n_out;
};

// Products y = x W' for kSparseRows rows at once and for one. y has `ldy` sums per row.
struct SparseFloatKernels {
  // xt is transposed: column j of row r is xt[j * kSparseRows + r].
  void (*rows)(SparseWeights<float> w, const float* xt, float* y, std::size_t ldy) noexcept;
  void (*row)(SparseWeights<float> w, const float* x, float* y) noexcept;
};

struct SparseKernels {
  // Values of four bytes, of any type: value j of row r of `rows`, which are `stride` bytes apart,
  // to out[j * kSparseRows + r] for r < m, j < n; zeros there for m <= r < kSparseRows.
  void (*transpose)(const void* rows, std::size_t stride, std::size_t m, std::size_t n,
                    void* out) noexcept;
  // Products are added up unfused as (sum 0 + sum 1) + (sum 2 + sum 3): the same bits on every
  // instruction set, alone and in a batch. In a block, weight s belongs to sum s.
  SparseFloatKernels f32;
  SparseFloatKernels f32_blocks;
  // Blocks of int8 weights times activations up to 127; exact as long as int32 holds the sums. xt:
  // input 4 b + s of row r is xt[(b * kSparseRows + r) * kBlock + s].
  void (*int8_rows)(SparseWeights<std::int8_t> w, const std::uint8_t* xt, std::int32_t* y,
                    std::size_t ldy) noexcept;
  void (*int8_row)(SparseWeights<std::int8_t> w, const std::uint8_t* x, std::int32_t* y) noexcept;
};

// g + l2 w is the gradient of each step.
struct AdamStep {
  float rate;    // with the corrections for the first steps
  float shrink;  // weights are multiplied by it: 1 less the decoupled weight decay
  float l2;
  float beta_1;
  float beta_2;
  float epsilon;
};

struct MomentumStep {
  float rate;
  float l2;
  float momentum;
  bool nesterov;
};

// One step of an optimizer for n weights w with gradients g and the running means m and v.
struct OptimizerKernels {
  // m = beta_1 m + (1 - beta_1) g, v = beta_2 v + (1 - beta_2) g^2,
  // w = shrink w - rate m / (sqrt(v) + epsilon)
  void (*adam)(AdamStep step, std::size_t n, const float* g, float* m, float* v, float* w) noexcept;
  // m = momentum m - rate g, w += m, or with nesterov w += momentum m - rate g
  void (*momentum)(MomentumStep step, std::size_t n, const float* g, float* m, float* w) noexcept;
};

// Rows of the augmented Lagrangian of svm/newton/lagrangian.hpp, an array each. Where the
// residuals move by 1 on average, those of row k move by spread[k] > 0.
struct ProxRows {
  const double* beta;
  const double* h;
  const double* lower;
  const double* upper;
  const double* spread;
  double epsilon;
};

// s moves by -t (df[k] + db).
struct ProxStep {
  const double* df;
  double db;
  double t;
};

// Over rows with targets z, of beta = beta'(s).
struct ProxSums {
  double balance;  // sum beta
  double mass;     // sum |beta|
  double loss;
  double along;  // sum s beta
  double gain;   // sum z beta - r beta^2 / 2 - eps |beta|
};

struct ProxKernels {
  // out[k] = beta'(s[k])
  void (*values)(ProxRows rows, const double* s, std::size_t n, double* out) noexcept;
  // out[k] = the mean slope of beta' within window * spread[k] of s[k]; window > 0
  void (*slopes)(ProxRows rows, const double* s, double window, std::size_t n,
                 double* out) noexcept;
  // sum_k (beta'(s[k] after the step) - now[k]) (df[k] + db)
  double (*derivative)(ProxRows rows, const double* s, const double* now, ProxStep step,
                       std::size_t n) noexcept;
  // For the linear losses, r = 0, and the squared ones, r = 1 / h.
  ProxSums (*linear_sums)(ProxRows rows, const double* target, const double* s, const double* beta,
                          std::size_t n) noexcept;
  ProxSums (*squared_sums)(ProxRows rows, const double* target, const double* s, const double* beta,
                           std::size_t n) noexcept;
};

// Characters of texts.
struct TextKernels {
  // Copies n characters to out, ASCII capitals as small letters if `lower`, and sets bit i % 64 of
  // members[i / 64] where character i of out is ASCII and in the set of the 16 `rows` (see
  // AsciiSet); bits from n on are 0. Returns whether all are ASCII. `out` may be `text`.
  bool (*ascii_members)(const char* text, std::size_t n, const std::uint8_t* rows, bool lower,
                        char* out, std::uint64_t* members) noexcept;
};

struct KernelTable {
  const char* name;
  std::uint32_t required;  // mask of CpuFeature
  VectorKernels<float> f32;
  VectorKernels<double> f64;
  RowKernels<float> rows_f32;
  RowKernels<double> rows_f64;
  GemmKernels gemm;
  QuantizeKernels quantize;
  SparseKernels sparse;
  OptimizerKernels optimizer;
  ProxKernels prox;
  // h[i * h_stride + j] += sum_r a[r * stride + i] b[r * stride + j] for i < 4, j < 8, r < n;
  // a and b may overlap
  void (*outer_4x8)(const double* a, const double* b, std::size_t n, std::size_t stride, double* h,
                    std::size_t h_stride) noexcept;
  // H += P'P in the lower triangle, for a panel P of n rows, `size` long and apart, a multiple of
  // 8; entries above the diagonal are left at values without meaning
  void (*add_gram)(const double* panel, std::size_t n, std::size_t size, double* h,
                   std::size_t h_stride) noexcept;
  // The logistic loss log(1 + exp(-m)) of margins m, and the probability 1 / (1 + exp(m)) of the
  // other class, both within a few ulp; NaN where m is NaN or infinite.
  void (*logistic)(const double* margin, std::size_t n, double* wrong, double* loss) noexcept;
  // For r < kSparseRows, bins[r] = the number of edges <= x[r], or n_edges + 1 where x[r] is NaN.
  void (*bins)(const float* x, const float* edges, std::size_t n_edges,
               std::int32_t* bins) noexcept;
  TextKernels text;
};

}  // namespace slimline::kernels
