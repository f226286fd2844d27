// Results of the core as arrays that own their memory.
#pragma once

#include <pybind11/numpy.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "slimline/text/vectorize.hpp"

namespace slimline::bindings {

namespace py = pybind11;

// An array of memory that a unique_ptr owns.
template <class T>
py::array_t<T> owning_array(std::unique_ptr<T[]> values, std::size_t n) {
  T* data = values.release();
  const py::capsule owner(data, [](void* p) { delete[] static_cast<T*>(p); });
  return py::array_t<T>(static_cast<py::ssize_t>(n), data, owner);
}

// (data, indices, indptr) of scipy's CSR; indptr is int64.
template <class T>
py::tuple csr_arrays(TermRows<T> rows) {
  py::array_t<std::int64_t> indptr(static_cast<py::ssize_t>(rows.row_ends.size() + 1));
  std::int64_t* out = indptr.mutable_data();
  *out++ = 0;
  std::copy(rows.row_ends.begin(), rows.row_ends.end(), out);
  return py::make_tuple(owning_array(std::move(rows.values), rows.n_values),
                        owning_array(std::move(rows.columns), rows.n_values), indptr);
}

}  // namespace slimline::bindings
