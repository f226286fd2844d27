// The choice of an instruction set, made once at the first use.
#pragma once

#include <span>

#include "kernels/table.hpp"

namespace slimline::kernels {

// Tables compiled in and runnable on this CPU, most basic first.
std::span<const KernelTable* const> available_tables();

// The table in use: the last available one, or the one that SLIMLINE_ISA names. Throws
// std::invalid_argument when that name is unknown or the CPU does not support it.
const KernelTable& active_table();

template <class T>
const VectorKernels<T>& vector_kernels();
template <>
inline const VectorKernels<float>& vector_kernels<float>() {
  return active_table().f32;
}
template <>
inline const VectorKernels<double>& vector_kernels<double>() {
  return active_table().f64;
}

template <class T>
const RowKernels<T>& row_kernels();
template <>
inline const RowKernels<float>& row_kernels<float>() {
  return active_table().rows_f32;
}
template <>
inline const RowKernels<double>& row_kernels<double>() {
  return active_table().rows_f64;
}

}  // namespace slimline::kernels
