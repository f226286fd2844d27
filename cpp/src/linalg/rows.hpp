// Rows of dense and CSR matrices behind one interface, so that a solver is written once.
//   dot(i, w)       sum_j X(i, j) w[j]
//   axpy(i, a, w)   w[j] += a X(i, j)
//   dot4, axpy4     the same for four rows, see kernels/table.hpp
//   add_moments4    likewise: sums of s X(i, j)^2 and of their squares
//   dots, axpys     the same for the weights of all outputs, one row per column of X (CSR)
//   prefetch(i)     prefetches row i
//   each(i, f)      f(column, value) for every entry of a row
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "core/apart.hpp"
#include "core/parallel.hpp"
#include "core/prefetch.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

using FourRows = std::array<std::size_t, 4>;

// Where the weights of all outputs for one column lie side by side, there are a multiple of
// kLanes of them, or one.
inline constexpr std::size_t kLanes = 8;
inline std::size_t padded_outputs(std::size_t n_outputs) {
  return n_outputs == 1 ? 1 : chunk_count(n_outputs, kLanes) * kLanes;
}

template <class T>
class DenseRows {
 public:
  static constexpr bool kDense = true;

  explicit DenseRows(MatrixView<const T> X) : X_(X), kernels_(kernels::vector_kernels<T>()) {}
  MatrixView<const T> view() const { return X_; }
  std::size_t rows() const { return X_.rows(); }
  std::size_t cols() const { return X_.cols(); }
  std::size_t n_values() const { return X_.rows() * X_.cols(); }
  T dot(std::size_t i, const T* w) const { return kernels_.dot(X_.row(i), w, X_.cols()); }
  void axpy(std::size_t i, T a, T* w) const { kernels_.axpy(a, X_.row(i), w, X_.cols()); }
  double squared_norm(std::size_t i) const {
    return static_cast<double>(kernels_.dot(X_.row(i), X_.row(i), X_.cols()));
  }
  template <class F>
  void each(std::size_t i, F&& f) const {
    const T* x = X_.row(i);
    for (std::size_t j = 0; j < X_.cols(); ++j) f(j, x[j]);
  }
  void dot4(const FourRows& i, MatrixView<const T> W, T* sums) const {
    kernels_.dot4(pointers(i).data(), W.data(), W.stride(), W.rows(), X_.cols(), sums);
  }
  void axpy4(const FourRows& i, const T* a, T* w) const {
    kernels_.axpy4(a, pointers(i).data(), w, X_.cols());
  }
  void add_moments4(const FourRows& i, const T* s, T* sums, T* squares) const {
    kernels_.add_moments4(s, pointers(i).data(), X_.cols(), sums, squares);
  }
  void prefetch(std::size_t i) const { prefetch_lines(X_.row(i), X_.cols()); }
  std::array<const T*, 4> pointers(const FourRows& i) const {
    return {X_.row(i[0]), X_.row(i[1]), X_.row(i[2]), X_.row(i[3])};
  }

 private:
  MatrixView<const T> X_;
  kernels::VectorKernels<T> kernels_;
};

template <class T, class Index>
class CsrRows {
 public:
  static constexpr bool kDense = false;

  explicit CsrRows(CsrView<T, Index> X) : X_(X) {}
  CsrView<T, Index> view() const { return X_; }
  std::size_t rows() const { return X_.rows(); }
  std::size_t cols() const { return X_.cols(); }
  std::size_t n_values() const { return X_.n_nonzero(); }
  T dot(std::size_t i, const T* w) const {
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    const T* const x = values.data();
    const Index* const j = indices.data();
    T s0 = 0, s1 = 0, s2 = 0, s3 = 0;  // four sums hide the latency of the additions
    std::size_t k = 0;
    for (; k + 4 <= values.size(); k += 4) {
      s0 += apart(x[k] * w[j[k]]);
      s1 += apart(x[k + 1] * w[j[k + 1]]);
      s2 += apart(x[k + 2] * w[j[k + 2]]);
      s3 += apart(x[k + 3] * w[j[k + 3]]);
    }
    for (; k < values.size(); ++k) s0 += x[k] * w[j[k]];
    return (s0 + s1) + (s2 + s3);
  }
  void axpy(std::size_t i, T a, T* w) const {
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    const T* const x = values.data();
    const Index* const j = indices.data();
    std::size_t k = 0;
    for (; k + 4 <= values.size(); k += 4) {
      w[j[k]] += a * x[k];
      w[j[k + 1]] += a * x[k + 1];
      w[j[k + 2]] += a * x[k + 2];
      w[j[k + 3]] += a * x[k + 3];
    }
    for (; k < values.size(); ++k) w[j[k]] += a * x[k];
  }
  double squared_norm(std::size_t i) const {
    double sum = 0;
    for (const T value : X_.values(i))
      sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
  }
  template <class F>
  void each(std::size_t i, F&& f) const {
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    for (std::size_t k = 0; k < values.size(); ++k) {
      f(static_cast<std::size_t>(indices[k]), values[k]);
    }
  }
  void dot4(const FourRows& i, MatrixView<const T> W, T* sums) const {
    for (std::size_t c = 0; c < W.rows(); ++c) {
      for (std::size_t r = 0; r < 4; ++r) sums[4 * c + r] = dot(i[r], W.row(c));
    }
  }
  void axpy4(const FourRows& i, const T* a, T* w) const {
    for (std::size_t r = 0; r < 4; ++r) {
      if (a[r] != 0) axpy(i[r], a[r], w);
    }
  }
  void add_moments4(const FourRows& i, const T* s, T* sums, T* squares) const {
    for (std::size_t r = 0; r < 4; ++r) {
      each(i[r], [&](std::size_t j, T x) {
        const T value = s[r] * (x * x);
        sums[j] += value;
        squares[j] += value * value;
      });
    }
  }
  // sums[c] = sum_j X(i, j) W(j, c)
  void dots(std::size_t i, MatrixView<const T> W, T* sums) const {
    if (W.cols() == 1) {
      sums[0] = dot(i, W.data());
      return;
    }
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    for (std::size_t c = 0; c < W.cols(); c += kLanes) {
      std::array<T, kLanes> sum{};
      for (std::size_t k = 0; k < values.size(); ++k) {
        const T* w = W.row(static_cast<std::size_t>(indices[k])) + c;
        for (std::size_t l = 0; l < kLanes; ++l) sum[l] += values[k] * w[l];
      }
      std::copy_n(sum.begin(), kLanes, sums + c);
    }
  }
  // W(j, c) += a[c] X(i, j)
  void axpys(std::size_t i, const T* a, MatrixView<T> W) const {
    if (W.cols() == 1) {
      if (a[0] != 0) axpy(i, a[0], W.data());
      return;
    }
    const std::span<const T> values = X_.values(i);
    const std::span<const Index> indices = X_.indices(i);
    for (std::size_t c = 0; c < W.cols(); c += kLanes) {
      std::array<T, kLanes> factors;
      std::copy_n(a + c, kLanes, factors.begin());
      for (std::size_t k = 0; k < values.size(); ++k) {
        T* w = W.row(static_cast<std::size_t>(indices[k])) + c;
        for (std::size_t l = 0; l < kLanes; ++l) w[l] += values[k] * factors[l];
      }
    }
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
CsrRows<T, Index> make_rows(CsrView<T, Index> X) {
  return CsrRows<T, Index>(X);
}

}  // namespace slimline
