// Operations of one row of X, dense or CSR, with a dense vector of doubles; and prefetching.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "kernels/dispatch.hpp"
#include "linalg/lane_sum.hpp"
#include "linalg/rows.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

template <class T>
double dot(const MatrixView<const T>& X, std::size_t i, const double* w) {
  return kernels::vector_kernels<T>().dot_wide(X.row(i), w, X.cols());
}

template <class T>
void axpy(const MatrixView<const T>& X, std::size_t i, double a, double* w) {
  kernels::vector_kernels<T>().axpy_wide(a, X.row(i), w, X.cols());
}

template <class T>
double squared_norm(const MatrixView<const T>& X, std::size_t i) {
  const T* x = X.row(i);
  return lane_sum(X.cols(), [x](std::size_t j) {
    return static_cast<double>(x[j]) * static_cast<double>(x[j]);
  });
}

template <class T, class Index>
double squared_norm(const CsrView<T, Index>& X, std::size_t i) {
  double sum = 0;
  for (const T value : X.values(i)) sum += static_cast<double>(value) * static_cast<double>(value);
  return sum;
}

template <class T, class Index>
double dot(const CsrView<T, Index>& X, std::size_t i, const double* w) {
  const auto values = X.values(i);
  const auto indices = X.indices(i);
  double sum = 0;
  double other = 0;  // two sums hide the latency of one
  std::size_t k = 0;
  for (; k + 2 <= values.size(); k += 2) {
    sum += static_cast<double>(values[k]) * w[indices[k]];
    other += static_cast<double>(values[k + 1]) * w[indices[k + 1]];
  }
  if (k < values.size()) sum += static_cast<double>(values[k]) * w[indices[k]];
  return sum + other;
}

template <class T, class Index>
void axpy(const CsrView<T, Index>& X, std::size_t i, double a, double* w) {
  const auto values = X.values(i);
  const auto indices = X.indices(i);
  for (std::size_t k = 0; k < values.size(); ++k) {
    w[indices[k]] += a * static_cast<double>(values[k]);
  }
}

// out[k] = x_rows[k] . w
template <class T>
void products(const MatrixView<const T>& X, std::span<const std::size_t> rows, const double* w,
              double* out) {
  kernels::row_kernels<T>().products(X.data(), X.stride(), rows.data(), rows.size(), w, X.cols(),
                                     out);
}

template <class T, class Index>
void products(const CsrView<T, Index>& X, std::span<const std::size_t> rows, const double* w,
              double* out) {
  for (std::size_t k = 0; k < rows.size(); ++k) out[k] = dot(X, rows[k], w);
}

// w += sum_k a[k] x_rows[k]
template <class T>
void combine(const MatrixView<const T>& X, std::span<const std::size_t> rows, const double* a,
             double* w) {
  kernels::row_kernels<T>().combine(X.data(), X.stride(), rows.data(), rows.size(), a, w, X.cols());
}

template <class T, class Index>
void combine(const CsrView<T, Index>& X, std::span<const std::size_t> rows, const double* a,
             double* w) {
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (a[k] != 0) axpy(X, rows[k], a[k], w);
  }
}

// Asks for the beginning of a row; for more, rows of text are too short and others stream.
template <class T>
void prefetch(const MatrixView<const T>& X, std::size_t i) {
  prefetch_lines(X.row(i), 1);
}

template <class T, class Index>
void prefetch(const CsrView<T, Index>& X, std::size_t i) {
  prefetch_lines(X.values(i).data(), 1);
  prefetch_lines(X.indices(i).data(), 1);
}

}  // namespace slimline
