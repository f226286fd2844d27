// The product of a sparse row of weights with several rows of X, in plain C++ that compilers turn
// into SIMD over the rows. Four sums take turns, so that no addition waits for the one before; what
// they hold is part of the contract: see table.hpp. Included by kernels/isa/*.cpp inside their
// unnamed namespace.

inline void generic_dot_rows(const float* values, const std::int32_t* indices, std::size_t n,
                             const float* xt, float* sums) noexcept {
  float lanes[kSparseSums][kSparseRows] = {};
  for (std::size_t k = 0; k < n; ++k) {
    const float* x = xt + static_cast<std::size_t>(indices[k]) * kSparseRows;
    float* sum = lanes[k % kSparseSums];
    for (std::size_t r = 0; r < kSparseRows; ++r) sum[r] += values[k] * x[r];
  }
  for (std::size_t r = 0; r < kSparseRows; ++r) {
    sums[r] = (lanes[0][r] + lanes[1][r]) + (lanes[2][r] + lanes[3][r]);
  }
}

constexpr SparseKernels generic_sparse_kernels() { return {.dot_rows = generic_dot_rows}; }
