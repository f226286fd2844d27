// Products with packed weights: C = A B, A row-major, B packed once.
//
// The int8 contract: activations u7 (0..127), weights s8 (-127..127), int32 sums. |a b| <= 16,129,
// so sums over K <= 131,072 cannot overflow, and no instruction set saturates on the way: the same
// integers everywhere. Activations up to 255 take a slower exact kernel, K <= 66,311.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/kept_units.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

namespace kernels {
struct Int8Panels;
}

inline constexpr std::size_t kMaxDepthU7 = 131072;
inline constexpr std::size_t kMaxDepthU8 = 66311;  // (2^31 - 1) / (255 * 127)

// B (K x N) in panels of 16 columns, four consecutive k of a column together (a quad):
// [N/16][K/4][16][4], padded with zeros to a multiple of 8 in K, the last panel 8 columns wide if
// no more are left; and the sum of every column, for zero points. Within blocks of 1,024 k, quads
// lie in an order of their own, beside those with which they may be added in int16: a proof made
// once here (see kernels/table.hpp) lets their products run a quarter faster, exact all the same.
class PackedInt8 {
 public:
  // `element(k, j)` of B is B[k * row_stride + j * col_stride]; throws std::invalid_argument on
  // -128 and when K exceeds kMaxDepthU7.
  PackedInt8(const std::int8_t* B, std::size_t rows, std::size_t cols, std::size_t row_stride,
             std::size_t col_stride);
  // B = W' of the weights W that a pruned layer keeps.
  explicit PackedInt8(const KeptUnits<std::int8_t>& weight);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  // Bytes that rows of A must be readable for, zero from K on: K rounded up to a multiple of 8.
  std::size_t depth() const { return (rows_ + 7) / 8 * 8; }
  std::size_t n_panels() const;
  // Panels [begin, end), as kernels take them.
  kernels::Int8Panels panels(std::size_t begin, std::size_t end) const;
  std::span<const std::int32_t> column_sums() const { return column_sums_.span(); }
  // The share of quads that are added in int16 with another one; 0 of no quads.
  double coupled() const;

 private:
  void reserve();
  void pack_panel(std::size_t panel, const std::int8_t* B, std::size_t row_stride,
                  std::size_t col_stride);
  void couple_panel(std::size_t panel);
  bool half_last() const;
  std::size_t panel_width(std::size_t panel) const;

  std::size_t rows_;
  std::size_t cols_;
  AlignedBuffer<std::int8_t> data_;
  AlignedBuffer<std::int32_t> column_sums_;
  std::vector<std::uint8_t> order_;
  std::vector<std::uint8_t> couples_;
};

// B (K x N) in panels of 16 columns: [N/16][K][16], padded with zeros.
class PackedFloat {
 public:
  PackedFloat() = default;
  PackedFloat(const float* B, std::size_t rows, std::size_t cols, std::size_t row_stride,
              std::size_t col_stride);
  // B = W' of the weights W that a pruned layer keeps.
  explicit PackedFloat(const KeptUnits<float>& weight);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t n_panels() const;
  const float* data() const { return data_.data(); }

 private:
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  AlignedBuffer<float> data_;
};

// C = A B in integers. A: (M, K) with entries <= a_max, which is 127 or 255; C: (M, N),
// overwritten. Throws std::invalid_argument when shapes do not fit, an entry is larger, or K is
// beyond the bound.
void gemm_int8(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
               MatrixView<std::int32_t> C, int n_threads);

// What becomes of integer sums: scale[j] * (sum - zero_point * column sum of B) + bias[j], and 0
// where that is negative if relu. One fixed order of unfused operations: the same bits everywhere.
struct Int8Affine {
  std::int32_t zero_point;  // the entry of A that stands for zero
  std::span<const float> scale;
  std::span<const float> bias;
  bool relu;
};

// The product of gemm_int8 taken on to float32, block by block while the sums are in the cache.
void gemm_int8_float(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
                     const Int8Affine& affine, MatrixView<float> C, int n_threads);

// And on to u7: clamp(round((y - low) * (1 / step)), 0, 127), rounded half to even.
void gemm_int8_u7(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
                  const Int8Affine& affine, float low, float step, MatrixView<std::uint8_t> C,
                  int n_threads);

// C = A B in float32; a row of C depends on that row of A alone, to the bit.
void gemm_float(MatrixView<const float> A, const PackedFloat& B, MatrixView<float> C,
                int n_threads);

}  // namespace slimline
