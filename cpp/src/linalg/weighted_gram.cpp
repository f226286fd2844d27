// H = sum_k h_k (x_k, 1)(x_k, 1)': the matrix of a Newton step. Dense rows are packed, centred and
// scaled by sqrt(h_k), into panels that stay in the cache, and H is summed tile by tile; sparse
// rows add their few entries one by one. A fixed number of partial sums keeps the result free of
// the threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "linalg/row_products.hpp"

namespace slimline {
namespace {

constexpr std::size_t kPanel = 64;    // rows: 27 kB at 52 columns
constexpr std::size_t kPartials = 8;  // sums at most, each as large as H
constexpr std::size_t kLeastRows = 512;
constexpr std::size_t kTile = 8;  // columns

std::size_t padded(std::size_t columns) { return chunk_count(columns, kTile) * kTile; }

template <class T>
void pack(const MatrixView<const T>& X, std::size_t i, double scale, const double* centre,
          double* out) {
  const T* x = X.row(i);
  for (std::size_t j = 0; j < X.cols(); ++j) {
    out[j] = scale * (static_cast<double>(x[j]) - centre[j]);
  }
  out[X.cols()] = scale;
}

template <class T>
void accumulate(const MatrixView<const T>& X, std::span<const std::size_t> rows,
                std::span<const double> h, const double* centre, MatrixView<double> H) {
  const auto add_gram = kernels::active_table().add_gram;
  std::vector<double> panel(checked_product(kPanel, H.cols()));
  for (std::size_t begin = 0; begin < rows.size(); begin += kPanel) {
    check_interrupt();
    const std::size_t n = std::min(kPanel, rows.size() - begin);
    for (std::size_t k = 0; k < n; ++k) {
      pack(X, rows[begin + k], std::sqrt(h[begin + k]), centre, panel.data() + k * H.cols());
    }
    add_gram(panel.data(), n, H.cols(), H.row(0), H.stride());
  }
}

// The entries of one sparse row after another, less the centre in the few columns where that is not
// zero: these are entries of every row.
class CentredEntries {
 public:
  explicit CentredEntries(std::span<const double> centre) : place_(centre.size(), kNone) {
    for (std::size_t j = 0; j < centre.size(); ++j) {
      if (centre[j] == 0) continue;
      place_[j] = absent_.size();
      absent_.push_back({j, -centre[j]});
    }
  }

  struct Entry {
    std::size_t column;
    double value;
  };

  template <class T, class Index>
  const std::vector<Entry>& of(const CsrView<T, Index>& X, std::size_t i) {
    entries_ = absent_;
    const auto values = X.values(i);
    const auto indices = X.indices(i);
    for (std::size_t p = 0; p < values.size(); ++p) {
      const auto j = static_cast<std::size_t>(indices[p]);
      const double value = static_cast<double>(values[p]);
      if (place_[j] == kNone) {
        entries_.push_back({j, value});
      } else {
        entries_[place_[j]].value += value;
      }
    }
    return entries_;
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  std::vector<std::size_t> place_;  // of a column in absent_
  std::vector<Entry> absent_;       // what a row without entries has
  std::vector<Entry> entries_;
};

template <class T, class Index>
void accumulate(const CsrView<T, Index>& X, std::span<const std::size_t> rows,
                std::span<const double> h, const double* centre, MatrixView<double> H) {
  const std::size_t d = X.cols();
  CentredEntries centred({centre, d});
  for (std::size_t k = 0; k < rows.size(); ++k) {
    check_interrupt_at(k);
    const auto& entries = centred.of(X, rows[k]);
    for (const auto& [i, value] : entries) {
      const double scaled = h[k] * value;
      double* row = H.row(i);
      for (const auto& [j, other] : entries) row[j] += scaled * other;  // both triangles: any order
      H(d, i) += scaled;
    }
    H(d, d) += h[k];
  }
}

}  // namespace

void weighted_gram(const AnySamples& X, std::span<const std::size_t> rows,
                   std::span<const double> h, std::span<const double> centre, MatrixView<double> H,
                   int n_threads) {
  const std::size_t size = n_columns(X) + 1;
  std::vector<double> off(n_columns(X));
  std::copy(centre.begin(), centre.end(), off.begin());
  const std::size_t grain = std::max({kLeastRows, 4 * size, chunk_count(rows.size(), kPartials)});
  std::vector<Matrix<double>> partial(chunk_count(rows.size(), grain));
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), grain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                       partial[chunk] = Matrix<double>(padded(size), padded(size));
                       accumulate(view, rows.subspan(begin, end - begin),
                                  h.subspan(begin, end - begin), off.data(), partial[chunk].view());
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
