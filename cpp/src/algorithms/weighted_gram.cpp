// H = sum_k h_k (x_k, 1)(x_k, 1)': the matrix of a Newton step. Dense rows are packed, scaled by
// sqrt(h_k), into panels that stay in the cache, and H is summed tile by tile; sparse rows add
// their few entries one by one. A fixed number of partial sums keeps the result free of the
// threads.
#include <algorithm>
#include <cmath>
#include <vector>

#include "algorithms/svm_rows.hpp"
#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {
namespace {

constexpr std::size_t kPanel = 64;    // rows: 27 kB at 52 columns
constexpr std::size_t kPartials = 8;  // sums at most, each as large as H
constexpr std::size_t kLeastRows = 512;
constexpr std::size_t kTile = 8;  // columns

std::size_t padded(std::size_t columns) { return chunk_count(columns, kTile) * kTile; }

template <class T>
void pack(const MatrixView<const T>& X, std::size_t i, double scale, double* out) {
  const T* x = X.row(i);
  for (std::size_t j = 0; j < X.cols(); ++j) out[j] = scale * static_cast<double>(x[j]);
  out[X.cols()] = scale;
}

template <class T>
void accumulate(const MatrixView<const T>& X, std::span<const std::size_t> rows,
                std::span<const double> h, MatrixView<double> H) {
  const auto add_gram = kernels::active_table().add_gram;
  std::vector<double> panel(checked_product(kPanel, H.cols()));
  for (std::size_t begin = 0; begin < rows.size(); begin += kPanel) {
    check_interrupt();
    const std::size_t n = std::min(kPanel, rows.size() - begin);
    for (std::size_t k = 0; k < n; ++k) {
      pack(X, rows[begin + k], std::sqrt(h[begin + k]), panel.data() + k * H.cols());
    }
    add_gram(panel.data(), n, H.cols(), H.row(0), H.stride());
  }
}

template <class T, class Index>
void accumulate(const CsrView<T, Index>& X, std::span<const std::size_t> rows,
                std::span<const double> h, MatrixView<double> H) {
  const std::size_t d = X.cols();
  for (std::size_t k = 0; k < rows.size(); ++k) {
    check_interrupt_at(k);
    const auto values = X.values(rows[k]);
    const auto indices = X.indices(rows[k]);
    for (std::size_t p = 0; p < values.size(); ++p) {
      const double scaled = h[k] * static_cast<double>(values[p]);
      double* row = H.row(static_cast<std::size_t>(indices[p]));
      for (std::size_t q = 0; q < values.size(); ++q) {
        row[indices[q]] += scaled * static_cast<double>(values[q]);  // both triangles: any order
      }
      H(d, static_cast<std::size_t>(indices[p])) += scaled;
    }
    H(d, d) += h[k];
  }
}

}  // namespace

void weighted_gram(const SvmSamples& X, std::span<const std::size_t> rows,
                   std::span<const double> h, MatrixView<double> H, int n_threads) {
  const std::size_t size = n_columns(X) + 1;
  const std::size_t grain = std::max({kLeastRows, 4 * size, chunk_count(rows.size(), kPartials)});
  std::vector<Matrix<double>> partial(chunk_count(rows.size(), grain));
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), grain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                       partial[chunk] = Matrix<double>(padded(size), padded(size));
                       accumulate(view, rows.subspan(begin, end - begin),
                                  h.subspan(begin, end - begin), partial[chunk].view());
                     });
      },
      X);
  for (std::size_t i = 0; i < size; ++i) {
    std::fill_n(H.row(i), size, 0.0);
    for (const Matrix<double>& sum : partial) {
      for (std::size_t j = 0; j <= i; ++j) H(i, j) += sum(i, j);
    }
  }
}

}  // namespace slimline
