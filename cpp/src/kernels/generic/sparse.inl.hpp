// The product of a sparse row of weights with several rows of X, in plain C++ that compilers turn
// into SIMD over the rows. Included by kernels/isa/*.cpp inside their unnamed namespace.

inline void generic_dot_rows(const float* values, const std::int32_t* indices, std::size_t n,
                             const float* xt, float* sums) noexcept {
  float lanes[kSparseRows] = {};
  for (std::size_t k = 0; k < n; ++k) {
    const float* x = xt + static_cast<std::size_t>(indices[k]) * kSparseRows;
    for (std::size_t r = 0; r < kSparseRows; ++r) lanes[r] += values[k] * x[r];
  }
  for (std::size_t r = 0; r < kSparseRows; ++r) sums[r] = lanes[r];
}

constexpr SparseKernels generic_sparse_kernels() { return {.dot_rows = generic_dot_rows}; }
