// Rows of dense and CSR matrices behind one interface, so that a solver is written once.
//   dot(i, w)       sum_j X(i, j) w[j]
//   axpy(i, a, w)   w[j] += a X(i, j)
//   prefetch(i)     asks for row i, which shuffled visits would otherwise wait for in every update
#pragma once

#include <cstddef>
#include <span>

#include "kernels/dispatch.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

// Asks for the first cache lines of a row; the hardware's own prefetcher follows from there.
template <class T>
void prefetch_lines(const T* data, std::size_t size) {
  constexpr std::size_t kLine = 64 / sizeof(T);
  constexpr std::size_t kLines = 16;
#if defined(__GNUC__)
  for (std::size_t j = 0; j < size && j < kLines * kLine; j += kLine) __builtin_prefetch(data + j);
#endif
}

template <class T>
class DenseRows {
 public:
  explicit DenseRows(MatrixView<const T> X) : X_(X), kernels_(kernels::vector_kernels<T>()) {}
  std::size_t rows() const { return X_.rows(); }
  std::size_t cols() const { return X_.cols(); }
  T dot(std::size_t i, const T* w) const { return kernels_.dot(X_.row(i), w, X_.cols()); }
  void axpy(std::size_t i, T a, T* w) const { kernels_.axpy(a, X_.row(i), w, X_.cols()); }
  void prefetch(std::size_t i) const { prefetch_lines(X_.row(i), X_.cols()); }

 private:
  MatrixView<const T> X_;
  kernels::VectorKernels<T> kernels_;
};

template <class T, class Index>
class SparseRows {
 public:
  explicit SparseRows(CsrView<T, Index> X) : X_(X) {}
  std::size_t rows() const { return X_.rows(); }
  std::size_t cols() const { return X_.cols(); }
  T dot(std::size_t i, const T* w) const {
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    T even = 0;  // two sums hide the latency of the additions
    T odd = 0;
    std::size_t k = 0;
    for (; k + 2 <= values.size(); k += 2) {
      even += values[k] * w[indices[k]];
      odd += values[k + 1] * w[indices[k + 1]];
    }
    if (k < values.size()) even += values[k] * w[indices[k]];
    return even + odd;
  }
  void axpy(std::size_t i, T a, T* w) const {
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    for (std::size_t k = 0; k < values.size(); ++k) w[indices[k]] += a * values[k];
  }
  void prefetch(std::size_t i) const {
    prefetch_lines(X_.values(i).data(), X_.values(i).size());
    prefetch_lines(X_.indices(i).data(), X_.indices(i).size());
  }

 private:
  CsrView<T, Index> X_;
};

template <class T>
DenseRows<T> make_rows(MatrixView<const T> X) {
  return DenseRows<T>(X);
}
template <class T, class Index>
SparseRows<T, Index> make_rows(CsrView<T, Index> X) {
  return SparseRows<T, Index>(X);
}

}  // namespace slimline
