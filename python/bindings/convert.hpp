// Between NumPy arrays and the core's views, without copies. Every check that keeps the core inside
// its memory is made here; what a value means is checked in Python.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <variant>

#include "slimline/error.hpp"
#include "slimline/matrix.hpp"

namespace slimline::bindings {

namespace py = pybind11;

// C-contiguous arrays of exactly this type; bind with py::arg(...).noconvert().
template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
MatrixView<const T> matrix_view(const Array<T>& array, const char* name) {
  require(array.ndim() == 2, std::string(name) + " must be a 2-d array");
  return {array.data(), static_cast<std::size_t>(array.shape(0)),
          static_cast<std::size_t>(array.shape(1))};
}

template <class T>
MatrixView<T> mutable_matrix_view(Array<T>& array, const char* name) {
  require(array.ndim() == 2, std::string(name) + " must be a 2-d array");
  return {array.mutable_data(), static_cast<std::size_t>(array.shape(0)),
          static_cast<std::size_t>(array.shape(1))};
}

template <class T>
std::span<const T> vector_view(const Array<T>& array, const char* name) {
  require(array.ndim() == 1, std::string(name) + " must be a 1-d array");
  return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
std::span<T> mutable_vector_view(Array<T>& array, const char* name) {
  require(array.ndim() == 1, std::string(name) + " must be a 1-d array");
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

// Checks that every index of a CSR matrix stays inside.
template <class Index>
void check_csr(std::span<const Index> j, std::span<const Index> p, std::size_t cols) {
  require(!p.empty() && p.front() == 0, "indptr must start with 0");
  bool decreases = false;  // flags, not exceptions within the loops: several entries a cycle
  for (std::size_t i = 1; i < p.size(); ++i) decreases |= p[i - 1] > p[i];
  require(!decreases, "indptr must not decrease");
  require(static_cast<std::size_t>(p.back()) <= j.size(),
          "indptr, indices and data of the sparse matrix do not fit together");
  using Unsigned = std::make_unsigned_t<Index>;  // negative indices are the largest
  const auto most = static_cast<std::size_t>(std::numeric_limits<Index>::max());
  const auto end = static_cast<Unsigned>(std::min(cols, most + 1));
  Unsigned outside = 0;
  for (const Index index : j) outside |= static_cast<Unsigned>(index) >= end ? 1 : 0;
  require(outside == 0, "a column index of the sparse matrix lies outside its shape");
}

// A CSR matrix from its three arrays, checked: what the core reads is what was checked.
template <class T, class Index>
CsrView<T, Index> csr_view(const Array<T>& values, const Array<Index>& indices,
                           const Array<Index>& indptr, std::size_t cols) {
  const auto v = vector_view(values, "data");
  const auto j = vector_view(indices, "indices");
  const auto p = vector_view(indptr, "indptr");
  check_csr(j, p, cols);
  require(v.size() == j.size(),
          "indptr, indices and data of the sparse matrix do not fit together");
  return {v, j, p, cols};
}

// Whether the columns of every row ascend, so that none is there twice. The arrays have been
// checked.
template <class Index>
bool is_canonical(std::span<const Index> j, std::span<const Index> p) {
  const auto n = static_cast<std::size_t>(p.back());
  std::size_t falls = 0;  // of all neighbours, then without those in different rows
  for (std::size_t k = 1; k < n; ++k) falls += j[k - 1] >= j[k] ? 1 : 0;
  for (std::size_t i = 1; i + 1 < p.size(); ++i) {
    const auto first = static_cast<std::size_t>(p[i]);
    if (p[i - 1] == p[i] || first == 0 || first >= n) continue;
    falls -= j[first - 1] >= j[first] ? 1 : 0;
  }
  return falls == 0;
}

}  // namespace slimline::bindings
