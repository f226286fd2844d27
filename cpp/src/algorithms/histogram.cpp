// Binary search without branches: the edges of a feature, padded with infinities to 2^k - 1, and k
// steps for any value, so that the searches of neighbouring features overlap in the pipeline.
#include "slimline/histogram.hpp"

#include <bit>
#include <limits>

#include "slimline/error.hpp"

namespace slimline {
namespace {

// Number of edges <= x among 2 * half - 1; an infinite x is behind the padding too.
inline std::size_t bin_of(const float* edges, std::size_t half, float x) {
  std::size_t position = 0;
  for (std::size_t step = half; step > 0; step /= 2) {
    position += edges[position + step - 1] <= x ? step : 0;
  }
  return position;
}

}  // namespace

void add_to_histogram(MatrixView<const float> X, MatrixView<const float> edges,
                      MatrixView<std::int64_t> counts) {
  const std::size_t n_edges = edges.cols();
  require(n_edges >= 1 && n_edges <= kMaxEdges, "edges must have 1 to 255 columns");
  require(edges.rows() == X.cols(), "edges must have a row for each column of X");
  require(counts.rows() == X.cols() && counts.cols() == n_edges + 2,
          "counts must have a row for each column of X, and two columns more than edges");
  const std::size_t half = std::bit_ceil(n_edges + 1) / 2;
  Matrix<float> padded(edges.rows(), 2 * half - 1);
  for (std::size_t f = 0; f < edges.rows(); ++f) {
    for (std::size_t e = 0; e < padded.cols(); ++e) {
      padded(f, e) = e < n_edges ? edges(f, e) : std::numeric_limits<float>::infinity();
    }
  }
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const float* x = X.row(i);
    for (std::size_t f = 0; f < X.cols(); ++f) {
      std::size_t bin = bin_of(padded.row(f), half, x[f]);
      bin = bin < n_edges ? bin : n_edges;
      counts(f, x[f] == x[f] ? bin : n_edges + 1) += 1;
    }
  }
}

}  // namespace slimline
