// Matrices: views that never own (dense row-major with a row stride, and CSR) and one owning,
// 64-byte aligned Matrix. Views are passed by value. Kernels and solvers take
// MatrixView<const T> or CsrView<T, Index>; outputs are MatrixView<T>.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "slimline/size.hpp"

namespace slimline {

// A dense row-major matrix that somebody else owns; element (i, j) is data[i * stride + j].
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::size_t rows, std::size_t cols) : MatrixView(data, rows, cols, cols) {}
  MatrixView(T* data, std::size_t rows, std::size_t cols, std::size_t stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {
    assert(stride >= cols || rows <= 1);
  }
  // A mutable view is also a read-only one.
  template <class U>
    requires std::is_same_v<const U, T>
  MatrixView(MatrixView<U> other)  // NOLINT(google-explicit-constructor)
      : MatrixView(other.data(), other.rows(), other.cols(), other.stride()) {}

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  std::size_t stride() const { return stride_; }
  T* data() const { return data_; }
  T* row(std::size_t i) const {
    assert(i < rows_);
    return data_ + i * stride_;
  }
  T& operator()(std::size_t i, std::size_t j) const {
    assert(j < cols_);
    return row(i)[j];
  }
  // Rows [begin, end).
  MatrixView slice(std::size_t begin, std::size_t end) const {
    assert(begin <= end && end <= rows_);
    return {data_ + begin * stride_, end - begin, cols_, stride_};
  }

 private:
  T* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  std::size_t stride_ = 0;
};

// A sparse matrix in compressed rows that somebody else owns: row i holds values[k] in column
// indices[k] for k in [indptr[i], indptr[i + 1]). Index is std::int32_t or std::int64_t.
// Views are trusted: whoever makes one from outside data checks it first (see bindings).
template <class T, class Index>
class CsrView {
 public:
  CsrView() = default;
  CsrView(std::span<const T> values, std::span<const Index> indices, std::span<const Index> indptr,
          std::size_t cols)
      : values_(values), indices_(indices), indptr_(indptr), cols_(cols) {
    assert(!indptr.empty() && values.size() == indices.size());
  }

  std::size_t rows() const { return indptr_.empty() ? 0 : indptr_.size() - 1; }
  std::size_t cols() const { return cols_; }
  std::size_t n_nonzero() const {
    return indptr_.empty() ? 0 : static_cast<std::size_t>(indptr_.back() - indptr_.front());
  }
  std::span<const T> values(std::size_t i) const { return values_.subspan(begin(i), length(i)); }
  std::span<const Index> indices(std::size_t i) const {
    return indices_.subspan(begin(i), length(i));
  }
  std::span<const Index> indptr() const { return indptr_; }
  // Rows [begin, end).
  CsrView slice(std::size_t begin, std::size_t end) const {
    assert(begin <= end && end <= rows());
    return {values_, indices_, indptr_.subspan(begin, end - begin + 1), cols_};
  }

 private:
  std::size_t begin(std::size_t i) const {
    assert(i < rows());
    return static_cast<std::size_t>(indptr_[i]);
  }
  std::size_t length(std::size_t i) const {
    return static_cast<std::size_t>(indptr_[i + 1] - indptr_[i]);
  }

  std::span<const T> values_;
  std::span<const Index> indices_;
  std::span<const Index> indptr_;
  std::size_t cols_ = 0;
};

// Zero-initialised, 64-byte aligned memory for as many values as the product of the factors says;
// the only allocation of aligned memory.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedBuffer() = default;
  template <std::same_as<std::size_t>... Factors>
  explicit AlignedBuffer(std::size_t first, Factors... rest)
      : size_(checked_product(first, rest...)) {
    const std::size_t n_bytes = checked_product(size_, sizeof(T));
    data_.reset(static_cast<T*>(::operator new(n_bytes, std::align_val_t{kAlignment})));
    for (std::size_t i = 0; i < size_; ++i) new (&data_[i]) T{};
  }

  std::size_t size() const { return size_; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete(p, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

// A dense row-major matrix that owns its (aligned, zero-initialised) memory.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : buffer_(rows, cols), rows_(rows), cols_(cols) {}

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  MatrixView<T> view() { return {buffer_.data(), rows_, cols_}; }
  MatrixView<const T> view() const { return {buffer_.data(), rows_, cols_}; }
  T* row(std::size_t i) { return view().row(i); }
  const T* row(std::size_t i) const { return view().row(i); }
  T& operator()(std::size_t i, std::size_t j) { return view()(i, j); }
  const T& operator()(std::size_t i, std::size_t j) const { return view()(i, j); }

 private:
  AlignedBuffer<T> buffer_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace slimline
