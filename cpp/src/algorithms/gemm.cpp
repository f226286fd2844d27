#include "slimline/gemm.hpp"

#include <algorithm>
#include <string>

#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

// Rows a chunk: enough to reuse a panel of B from the cache, few enough for threads to share.
constexpr std::size_t kRowChunk = 64;

std::size_t panels(std::size_t cols) { return chunk_count(cols, kPanel); }

// Copies the N real columns of a chunk of padded sums to C.
template <class T>
void copy_columns(const AlignedBuffer<T>& sums, std::size_t ld, std::size_t begin, std::size_t end,
                  MatrixView<T> C) {
  for (std::size_t i = begin; i < end; ++i) {
    std::copy_n(sums.data() + (i - begin) * ld, C.cols(), C.row(i));
  }
}

}  // namespace

PackedInt8::PackedInt8(const std::int8_t* B, std::size_t rows, std::size_t cols,
                       std::size_t row_stride, std::size_t col_stride)
    : rows_(rows), cols_(cols) {
  require(rows <= kMaxDepthU7, "B must have at most " + std::to_string(kMaxDepthU7) +
                                   " rows, beyond which int32 sums could overflow, got " +
                                   std::to_string(rows));
  data_ = AlignedBuffer<std::int8_t>(n_panels() * quads() * kPanel * 4);
  column_sums_ = AlignedBuffer<std::int32_t>(n_panels() * kPanel);
  for (std::size_t j = 0; j < cols; ++j) {
    std::int8_t* column = data_.data() + (j / kPanel) * quads() * kPanel * 4 + (j % kPanel) * 4;
    for (std::size_t k = 0; k < rows; ++k) {
      const std::int8_t value = B[k * row_stride + j * col_stride];
      require(value != -128, "B must lie in [-127, 127], got -128");
      column[(k / 4) * kPanel * 4 + k % 4] = value;
      column_sums_[j] += value;
    }
  }
}

std::size_t PackedInt8::n_panels() const { return panels(cols_); }

PackedFloat::PackedFloat(const float* B, std::size_t rows, std::size_t cols, std::size_t row_stride,
                         std::size_t col_stride)
    : rows_(rows), cols_(cols), data_(panels(cols) * rows * kPanel) {
  for (std::size_t j = 0; j < cols; ++j) {
    float* column = data_.data() + (j / kPanel) * rows * kPanel + j % kPanel;
    for (std::size_t k = 0; k < rows; ++k) {
      column[k * kPanel] = B[k * row_stride + j * col_stride];
    }
  }
}

std::size_t PackedFloat::n_panels() const { return panels(cols_); }

void gemm_int8(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
               MatrixView<std::int32_t> C, int n_threads) {
  require(a_max == 127 || a_max == 255, "a_max must be 127 or 255, got " + std::to_string(a_max));
  require(A.cols() == B.rows(), "A must have " + std::to_string(B.rows()) +
                                    " columns, as B has rows, got " + std::to_string(A.cols()));
  require(C.rows() == A.rows() && C.cols() == B.cols(), "C must have the rows of A, columns of B");
  require(a_max == 127 || B.rows() <= kMaxDepthU8,
          "with a_max=255 B must have at most " + std::to_string(kMaxDepthU8) +
              " rows, beyond which int32 sums could overflow, got " + std::to_string(B.rows()));
  const auto& gemm = kernels::active_table().gemm;
  const auto multiply = a_max == 127 ? gemm.u7s8 : gemm.u8s8;
  const std::size_t ld = B.n_panels() * kPanel;
  const std::size_t width = B.quads() * 4;
  parallel_for(
      A.rows(), kRowChunk, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
        AlignedBuffer<std::uint8_t> rows((end - begin) * width);
        for (std::size_t i = begin; i < end; ++i) {
          const std::uint8_t* row = A.row(i);
          const auto largest =
              A.cols() == 0 ? std::uint8_t{0} : *std::max_element(row, row + A.cols());
          require(largest <= a_max, "A must have entries up to a_max=" + std::to_string(a_max) +
                                        ", got " + std::to_string(largest));
          std::copy_n(row, A.cols(), rows.data() + (i - begin) * width);
        }
        AlignedBuffer<std::int32_t> sums((end - begin) * ld);
        multiply(rows.data(), width, B.data(), B.n_panels(), end - begin, B.quads(), sums.data(),
                 ld);
        copy_columns(sums, ld, begin, end, C);
      });
}

void gemm_float(MatrixView<const float> A, const PackedFloat& B, MatrixView<float> C,
                int n_threads) {
  require(A.cols() == B.rows(), "A must have " + std::to_string(B.rows()) +
                                    " columns, as B has rows, got " + std::to_string(A.cols()));
  require(C.rows() == A.rows() && C.cols() == B.cols(), "C must have the rows of A, columns of B");
  const std::size_t ld = B.n_panels() * kPanel;
  parallel_for(A.rows(), kRowChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 AlignedBuffer<float> sums((end - begin) * ld);
                 kernels::active_table().gemm.f32(A.row(begin), A.stride(), B.data(), B.n_panels(),
                                                  end - begin, B.rows(), sums.data(), ld);
                 copy_columns(sums, ld, begin, end, C);
               });
}

}  // namespace slimline
