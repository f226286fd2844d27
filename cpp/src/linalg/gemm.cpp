#include "slimline/gemm.hpp"

#include <algorithm>
#include <string>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

// Rows a chunk: enough to reuse a panel of B from the cache, few enough for threads to share, and
// where that leaves enough of them, no more than half of the second-level cache.
constexpr std::size_t kMinRowChunk = 16;
constexpr std::size_t kMaxRowChunk = 64;
constexpr std::size_t kChunkBytes = std::size_t{1} << 18U;
// Panels a chunk, where there are too few rows to share.
constexpr std::size_t kPanelChunk = 4;
// Products below which one thread does it all. Two threads that are awake break even at 1.2 million
// and those that have to be woken at 2 million; from 4 million on both gain 1.2 times and more
// (docs/benchmarks/int8.md).
constexpr std::size_t kSerialProducts = std::size_t{1} << 22U;

// Products of a part after which a call can be interrupted: a hundredth of a second.
constexpr std::size_t kProductsAtOnce = std::size_t{1} << 28U;

bool has_more_than_7_bits(const std::uint8_t* row, std::size_t n) {
  constexpr std::size_t kBytes = 64;
  std::uint8_t bits[kBytes] = {};
  std::size_t i = 0;
  for (; i + kBytes <= n; i += kBytes) {
    for (std::size_t j = 0; j < kBytes; ++j) bits[j] |= row[i + j];
  }
  std::uint8_t all = 0;
  for (; i < n; ++i) all |= row[i];
  for (const std::uint8_t byte : bits) all |= byte;
  return (all & 0x80U) != 0;
}

void check_entries(MatrixView<const std::uint8_t> A) {
  for (std::size_t i = 0; i < A.rows(); ++i) {
    const std::uint8_t* row = A.row(i);
    if (!has_more_than_7_bits(row, A.cols())) continue;
    const auto largest = *std::max_element(row, row + A.cols());
    require(false, "A must have entries up to a_max=127, got " + std::to_string(largest));
  }
}

// Rows of A as kernels take them: where K is no multiple of 8, a copy that ends in zeros.
MatrixView<const std::uint8_t> deep_rows(MatrixView<const std::uint8_t> A, std::size_t depth,
                                         Workspace& workspace) {
  if (A.cols() == depth) return A;
  const auto copy = workspace.take_matrix<std::uint8_t>(A.rows(), depth);
  for (std::size_t i = 0; i < A.rows(); ++i) {
    std::uint8_t* row = copy.row(i);
    std::fill(std::copy_n(A.row(i), A.cols(), row), row + depth, std::uint8_t{0});
  }
  return copy;
}

// Runs kernel(first panel, end panel, sums, ld) so that whole panels go straight to C and a last,
// partial one by way of a buffer.
template <class T, class Kernel>
void multiply_panels(std::size_t begin, std::size_t end, MatrixView<T> C, Workspace& workspace,
                     const Kernel& kernel) {
  const std::size_t whole = std::min(end, C.cols() / kPanel);
  if (begin < whole) kernel(begin, whole, C.data() + begin * kPanel, C.stride());
  if (whole >= end) return;
  T* sums = workspace.take<T>(C.rows(), kPanel);
  kernel(whole, end, sums, kPanel);
  for (std::size_t i = 0; i < C.rows(); ++i) {
    std::copy_n(sums + i * kPanel, C.cols() - whole * kPanel, C.row(i) + whole * kPanel);
  }
}

template <class T>
void check_product(std::size_t rows, std::size_t cols, std::size_t b_rows, std::size_t b_cols,
                   MatrixView<T> C) {
  require(cols == b_rows, "A must have " + std::to_string(b_rows) +
                              " columns, as B has rows, got " + std::to_string(cols));
  require(C.rows() == rows && C.cols() == b_cols, "C must have the rows of A, columns of B");
}

// body(first row, end row, first panel, end panel), shared by rows where there are many, and in
// parts after which it can be interrupted.
template <class T, class Body>
void share(MatrixView<const T> A, std::size_t n_panels, int n_threads, const Body& body) {
  const std::size_t rows = A.rows();
  const std::size_t row_bytes = std::max<std::size_t>(1, A.cols() * sizeof(T));
  const std::size_t grain = std::clamp(kChunkBytes / row_bytes, kMinRowChunk, kMaxRowChunk);
  if (rows * A.cols() * n_panels * kPanel < kSerialProducts) n_threads = 1;
  if (rows > grain || n_threads == 1) {
    const std::size_t panel_products = std::max<std::size_t>(1, grain * A.cols() * kPanel);
    const std::size_t panels = std::max<std::size_t>(1, kProductsAtOnce / panel_products);
    parallel_for(rows, grain, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
      for (std::size_t first = 0; first < n_panels; first += panels) {
        check_interrupt();
        body(begin, end, first, std::min(n_panels, first + panels));
      }
    });
    return;
  }
  parallel_for(n_panels, kPanelChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) { body(0, rows, begin, end); });
}

// Rows and panels of the integer product, shared over the threads: body(first row, end row, first
// panel, end panel, rows as kernels take them, workspace).
template <class Body>
void share_int8(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max, int n_threads,
                const Body& body) {
  require(a_max == 127 || a_max == 255, "a_max must be 127 or 255, got " + std::to_string(a_max));
  require(a_max == 127 || B.rows() <= kMaxDepthU8,
          "with a_max=255 B must have at most " + std::to_string(kMaxDepthU8) +
              " rows, beyond which int32 sums could overflow, got " + std::to_string(B.rows()));
  share(A, B.n_panels(), n_threads,
        [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
          Workspace& workspace = thread_workspace();
          const Workspace::Scope scope(workspace);
          // Here and not before, since it also brings these rows into the cache.
          if (a_max == 127 && first == 0) check_entries(A.slice(begin, end));
          const auto rows = deep_rows(A.slice(begin, end), B.depth(), workspace);
          body(begin, first, last, rows, workspace);
        });
}

// The same with sums that an epilogue takes on: epilogue(row, first column, end column, sums).
template <class Epilogue>
void multiply_int8(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max, int n_threads,
                   const Epilogue& epilogue) {
  const auto& gemm = kernels::active_table().gemm;
  const auto multiply = a_max == 127 ? gemm.u7s8 : gemm.u8s8;
  share_int8(A, B, a_max, n_threads,
             [&](std::size_t begin, std::size_t first, std::size_t last,
                 MatrixView<const std::uint8_t> rows, Workspace& workspace) {
               const std::size_t ld = (last - first) * kPanel;
               auto* sums = workspace.take<std::int32_t>(rows.rows(), ld);
               multiply(rows.data(), rows.stride(), B.panels(first, last), rows.rows(), sums, ld);
               for (std::size_t i = 0; i < rows.rows(); ++i) {
                 epilogue(begin + i, first * kPanel, std::min(last * kPanel, B.cols()),
                          sums + i * ld);
               }
             });
}

void check_affine(const PackedInt8& B, const Int8Affine& affine) {
  require(affine.scale.size() == B.cols() && affine.bias.size() == B.cols(),
          "scale and bias must have one entry for each column of B");
}

kernels::Outputs outputs_from(const PackedInt8& B, const Int8Affine& affine, std::size_t column) {
  return {.column_sum = B.column_sums().data() + column,
          .scale = affine.scale.data() + column,
          .bias = affine.bias.data() + column,
          .relu = affine.relu};
}

}  // namespace

void gemm_int8(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
               MatrixView<std::int32_t> C, int n_threads) {
  check_product(A.rows(), A.cols(), B.rows(), B.cols(), C);
  const auto& gemm = kernels::active_table().gemm;
  const auto multiply = a_max == 127 ? gemm.u7s8 : gemm.u8s8;
  share_int8(A, B, a_max, n_threads,
             [&](std::size_t begin, std::size_t first, std::size_t last,
                 MatrixView<const std::uint8_t> rows, Workspace& workspace) {
               multiply_panels(
                   first, last, C.slice(begin, begin + rows.rows()), workspace,
                   [&](std::size_t p, std::size_t p_end, std::int32_t* c, std::size_t ldc) {
                     multiply(rows.data(), rows.stride(), B.panels(p, p_end), rows.rows(), c, ldc);
                   });
             });
}

void gemm_int8_float(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
                     const Int8Affine& affine, MatrixView<float> C, int n_threads) {
  check_product(A.rows(), A.cols(), B.rows(), B.cols(), C);
  check_affine(B, affine);
  multiply_int8(A, B, a_max, n_threads,
                [&](std::size_t i, std::size_t begin, std::size_t end, const std::int32_t* sums) {
                  kernels::active_table().quantize.to_float(sums, {1.0F, affine.zero_point},
                                                            outputs_from(B, affine, begin),
                                                            end - begin, C.row(i) + begin);
                });
}

void gemm_int8_u7(MatrixView<const std::uint8_t> A, const PackedInt8& B, int a_max,
                  const Int8Affine& affine, float low, float step, MatrixView<std::uint8_t> C,
                  int n_threads) {
  check_product(A.rows(), A.cols(), B.rows(), B.cols(), C);
  check_affine(B, affine);
  const std::vector<float> lows(B.cols(), low);
  const std::vector<float> inverses(B.cols(), 1.0F / step);
  multiply_int8(A, B, a_max, n_threads,
                [&](std::size_t i, std::size_t begin, std::size_t end, const std::int32_t* sums) {
                  kernels::active_table().quantize.to_u7(
                      sums, {1.0F, affine.zero_point}, outputs_from(B, affine, begin),
                      {lows.data() + begin, inverses.data() + begin}, end - begin,
                      C.row(i) + begin);
                });
}

void gemm_float(MatrixView<const float> A, const PackedFloat& B, MatrixView<float> C,
                int n_threads) {
  check_product(A.rows(), A.cols(), B.rows(), B.cols(), C);
  const auto multiply = kernels::active_table().gemm.f32;
  share(A, B.n_panels(), n_threads,
        [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
          Workspace& workspace = thread_workspace();
          const Workspace::Scope scope(workspace);
          const MatrixView<const float> rows = A.slice(begin, end);
          multiply_panels(first, last, C.slice(begin, end), workspace,
                          [&](std::size_t p, std::size_t p_end, float* c, std::size_t ldc) {
                            multiply(rows.data(), rows.stride(), B.data() + p * B.rows() * kPanel,
                                     p_end - p, rows.rows(), B.rows(), c, ldc);
                          });
        });
}

}  // namespace slimline
