// Rows in blocks, transposed so that the values of a feature lie together; a kernel finds their
// bins, and one counter after the other is raised.
#include "slimline/histogram.hpp"

#include <algorithm>

#include "core/interrupt.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kSparseRows;

void add_to_histogram(MatrixView<const float> X, MatrixView<const float> edges,
                      MatrixView<std::int64_t> counts) {
  const std::size_t n_edges = edges.cols();
  require(n_edges >= 1 && n_edges <= kMaxEdges, "edges must have 1 to 255 columns");
  require(edges.rows() == X.cols(), "edges must have a row for each column of X");
  require(counts.rows() == X.cols() && counts.cols() == n_edges + 2,
          "counts must have a row for each column of X, and two columns more than edges");
  const kernels::KernelTable& table = kernels::active_table();
  AlignedBuffer<float> block(X.cols(), kSparseRows);
  for (std::size_t begin = 0; begin < X.rows(); begin += kSparseRows) {
    check_interrupt();
    const std::size_t n = std::min(kSparseRows, X.rows() - begin);
    table.sparse.transpose(X.row(begin), X.stride() * sizeof(float), n, X.cols(), block.data());
    for (std::size_t f = 0; f < X.cols(); ++f) {
      std::int32_t bins[kSparseRows];
      table.bins(&block[f * kSparseRows], edges.row(f), n_edges, bins);
      std::int64_t* count = counts.row(f);
      for (std::size_t r = 0; r < n; ++r) ++count[bins[r]];
    }
  }
}

}  // namespace slimline
