#include "linalg/row_products.hpp"

#include <algorithm>
#include <vector>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "linalg/lane_sum.hpp"
#include "linalg/row_ops.hpp"

namespace slimline {
namespace {

constexpr std::size_t kProductGrain = 512;  // rows per chunk: some 10 us of work at 50 columns
constexpr std::size_t kSumChunks = 32;      // partial sums kept, whatever the number of rows
constexpr std::size_t kSumGrain = 2048;     // least rows for which one is worth its memory
constexpr std::size_t kGramGrain = 16;
constexpr double kRounding = 1e-12;

template <class T>
void reset(const MatrixView<const T>& X, std::size_t, const double* to, double* w) {
  std::copy_n(to, X.cols(), w);
}

// Gives the entries of w that row i touches the values of `to`: undoes axpy.
template <class T, class Index>
void reset(const CsrView<T, Index>& X, std::size_t i, const double* to, double* w) {
  for (const Index j : X.indices(i)) w[j] = to[j];
}

double inner(std::span<const double> a, std::span<const double> b) {
  return lane_sum(a.size(), [&](std::size_t j) { return a[j] * b[j]; });
}

template <class T, class Body>  // body(j, value) for the entries of row i
void for_each_entry(const MatrixView<const T>& X, std::size_t i, const Body& body) {
  for (std::size_t j = 0; j < X.cols(); ++j) body(j, static_cast<double>(X(i, j)));
}

template <class T, class Index, class Body>
void for_each_entry(const CsrView<T, Index>& X, std::size_t i, const Body& body) {
  const auto values = X.values(i);
  const auto indices = X.indices(i);
  for (std::size_t k = 0; k < values.size(); ++k) {
    body(static_cast<std::size_t>(indices[k]), static_cast<double>(values[k]));
  }
}

}  // namespace

std::size_t n_rows(const AnySamples& X) {
  return std::visit([](const auto& view) { return view.rows(); }, X);
}

std::size_t n_columns(const AnySamples& X) {
  return std::visit([](const auto& view) { return view.cols(); }, X);
}

void row_products(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> w,
                  std::span<double> out, int n_threads) {
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), kProductGrain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t) {
                       products(view, rows.subspan(begin, end - begin), w.data(), &out[begin]);
                     });
      },
      X);
}

void squared_norms(const AnySamples& X, std::span<const std::size_t> rows, std::span<double> out,
                   int n_threads) {
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), kProductGrain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t) {
                       for (std::size_t k = begin; k < end; ++k) {
                         out[k] = squared_norm(view, rows[k]);
                       }
                     });
      },
      X);
}

void combine_rows(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> a,
                  std::span<double> w, int n_threads) {
  const std::size_t grain = std::max(kSumGrain, chunk_count(rows.size(), kSumChunks));
  const std::size_t n_chunks = chunk_count(rows.size(), grain);
  std::vector<double> partial(checked_product(n_chunks, w.size()));
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), grain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                       combine(view, rows.subspan(begin, end - begin), &a[begin],
                               partial.data() + chunk * w.size());
                     });
      },
      X);
  std::fill(w.begin(), w.end(), 0.0);
  for (std::size_t chunk = 0; chunk < n_chunks; ++chunk) {
    for (std::size_t j = 0; j < w.size(); ++j) w[j] += partial[chunk * w.size() + j];
  }
}

void add_rows(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> a,
              std::span<double> w) {
  std::visit(
      [&](const auto& view) {
        for (std::size_t begin = 0; begin < rows.size(); begin += kSumGrain) {
          check_interrupt();
          const std::size_t n = std::min(kSumGrain, rows.size() - begin);
          combine(view, rows.subspan(begin, n), &a[begin], w.data());
        }
      },
      X);
}

void gram(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> centre,
          MatrixView<double> K, int n_threads) {
  std::vector<double> off(n_columns(X));  // minus the centre
  for (std::size_t j = 0; j < centre.size(); ++j) off[j] = -centre[j];
  std::visit(
      [&](const auto& view) {
        parallel_for(rows.size(), kGramGrain, n_threads,
                     [&](std::size_t begin, std::size_t end, std::size_t) {
                       std::vector<double> row = off;
                       for (std::size_t k = begin; k < end; ++k) {
                         axpy(view, rows[k], 1.0, row.data());
                         const double common = inner(off, row);
                         for (std::size_t l = 0; l <= k; ++l) {
                           K(k, l) = dot(view, rows[l], row.data()) + common;
                         }
                         reset(view, rows[k], off.data(), row.data());
                       }
                     });
      },
      X);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t l = 0; l < k; ++l) K(l, k) = K(k, l);
  }
}

void add_squares(const AnySamples& X, std::span<const std::size_t> rows, std::span<const double> h,
                 std::span<const double> centre, std::span<double> out) {
  std::vector<double> off(n_columns(X));
  std::copy(centre.begin(), centre.end(), off.begin());
  std::vector<double> absent(off.size());  // by column: of the rows without an entry there
  const double weight = lane_sum(rows.size(), [&](std::size_t k) { return h[k]; });
  std::fill(absent.begin(), absent.end(), weight);
  std::visit(
      [&](const auto& view) {
        for (std::size_t k = 0; k < rows.size(); ++k) {
          check_interrupt_at(k);
          for_each_entry(view, rows[k], [&](std::size_t j, double value) {
            out[j] += h[k] * (value - off[j]) * (value - off[j]);
            absent[j] -= h[k];
          });
        }
      },
      X);
  for (std::size_t j = 0; j < off.size(); ++j) {
    if (absent[j] > kRounding * weight) out[j] += absent[j] * off[j] * off[j];
  }
}

}  // namespace slimline
