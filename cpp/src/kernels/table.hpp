// The kernel table: what every instruction set offers, as constant data.
//
// Each file in kernels/isa/ is one compilation of kernels/generic/*.inl.hpp with its own flags, plus
// the entries that it writes by hand, and exports exactly one symbol: its KernelTable. Everything else
// in it lives in an unnamed namespace. Those files include nothing but <cstddef>, <cstdint>, the
// intrinsics header, generic/*.inl.hpp and this header: an inline or template function shared with
// other files could be kept by the linker in its AVX2 version and crash older CPUs. A test reads the
// object files and counts their symbols.
//
// Kernels take raw pointers, never allocate, never throw. Unless said otherwise pointers need no
// alignment, inputs and outputs don't overlap, and sizes may be 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slimline::kernels {

enum CpuFeature : std::uint32_t {
  kX86V2 = 1U << 0U,    // SSE4.2, POPCNT, SSSE3: the x86-64-v2 level
  kAvx2Fma = 1U << 1U,  // AVX2 and FMA, with the operating system saving ymm registers
};

// Vectors of T (float or double). The *_wide forms keep a float row against double state: what
// solvers use to decide in float64 without a float64 copy of X.
template <class T>
struct VectorKernels {
  // sum x[i] y[i]
  T (*dot)(const T* x, const T* y, std::size_t n) noexcept;
  // y[i] += a x[i]
  void (*axpy)(T a, const T* x, T* y, std::size_t n) noexcept;
  // sum x[i] w[i], accumulated in double
  double (*dot_wide)(const T* x, const double* w, std::size_t n) noexcept;
  // w[i] += a x[i]
  void (*axpy_wide)(double a, const T* x, double* w, std::size_t n) noexcept;
};

struct KernelTable {
  const char* name;
  std::uint32_t required;  // mask of CpuFeature
  VectorKernels<float> f32;
  VectorKernels<double> f64;
};

}  // namespace slimline::kernels
