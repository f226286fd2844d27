// Products with pruned weights, in plain C++ that compilers turn into SIMD over the rows; also the
// specification of these products. Terms go to four sums in turn, so that no addition waits for the
// one before. Which term goes to which sum is part of the contract: see table.hpp. Included by
// kernels/isa/**.cpp inside their unnamed namespace.

inline void generic_sparse_transpose(const void* rows, std::size_t stride, std::size_t m,
                                     std::size_t n, void* out) noexcept {
  const auto* from = static_cast<const unsigned char*>(rows);
  auto* to = static_cast<unsigned char*>(out);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t r = 0; r < kSparseRows; ++r) {
      std::uint32_t bits = 0;
      if (r < m) __builtin_memcpy(&bits, from + r * stride + 4 * j, 4);
      __builtin_memcpy(to + 4 * (j * kSparseRows + r), &bits, 4);
    }
  }
}

// kUnit: weights per unit, 1 or kBlock. Lane k of a run of kSparseSums weights goes to sum k.
template <std::size_t kUnit>
inline void generic_sparse_rows(SparseWeights<float> w, const float* xt, float* y,
                                std::size_t ldy) noexcept {
  for (std::size_t o = 0; o < w.n_out; ++o) {
    float sums[kSparseSums][kSparseRows] = {};
    for (std::size_t k = w.begin[o] * kUnit; k < w.end[o] * kUnit; ++k) {
      const auto unit = static_cast<std::size_t>(w.indices[k / kUnit]);
      const float* x = xt + (unit * kUnit + k % kUnit) * kSparseRows;
      float* sum = sums[k % kSparseSums];
      for (std::size_t r = 0; r < kSparseRows; ++r) sum[r] += w.values[k] * x[r];
    }
    for (std::size_t r = 0; r < kSparseRows; ++r) {
      y[r * ldy + o] = (sums[0][r] + sums[1][r]) + (sums[2][r] + sums[3][r]);
    }
  }
}

template <std::size_t kUnit>
inline void generic_sparse_row(SparseWeights<float> w, const float* x, float* y) noexcept {
  for (std::size_t o = 0; o < w.n_out; ++o) {
    float sums[kSparseSums] = {};
    for (std::size_t k = w.begin[o] * kUnit; k < w.end[o] * kUnit; k += kSparseSums) {
      for (std::size_t s = 0; s < kSparseSums; ++s) {
        const auto unit = static_cast<std::size_t>(w.indices[(k + s) / kUnit]);
        sums[s] += w.values[k + s] * x[unit * kUnit + s % kUnit];
      }
    }
    y[o] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
}

inline std::int32_t generic_block_product(const std::int8_t* w, const std::uint8_t* x) noexcept {
  return w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3];
}

inline void generic_sparse_int8_rows(SparseWeights<std::int8_t> w, const std::uint8_t* xt,
                                     std::int32_t* y, std::size_t ldy) noexcept {
  for (std::size_t o = 0; o < w.n_out; ++o) {
    std::int32_t sums[kSparseRows] = {};
    for (std::size_t u = w.begin[o]; u < w.end[o]; ++u) {
      const std::uint8_t* x = xt + static_cast<std::size_t>(w.indices[u]) * kSparseRows * kBlock;
      for (std::size_t r = 0; r < kSparseRows; ++r) {
        sums[r] += generic_block_product(w.values + u * kBlock, x + r * kBlock);
      }
    }
    for (std::size_t r = 0; r < kSparseRows; ++r) y[r * ldy + o] = sums[r];
  }
}

inline void generic_sparse_int8_row(SparseWeights<std::int8_t> w, const std::uint8_t* x,
                                    std::int32_t* y) noexcept {
  for (std::size_t o = 0; o < w.n_out; ++o) {
    std::int32_t sum = 0;
    for (std::size_t u = w.begin[o]; u < w.end[o]; ++u) {
      const std::uint8_t* block = x + static_cast<std::size_t>(w.indices[u]) * kBlock;
      sum += generic_block_product(w.values + u * kBlock, block);
    }
    y[o] = sum;
  }
}

constexpr SparseKernels generic_sparse_kernels() {
  return {.transpose = generic_sparse_transpose,
          .f32 = {.rows = generic_sparse_rows<1>, .row = generic_sparse_row<1>},
          .f32_blocks = {.rows = generic_sparse_rows<kBlock>, .row = generic_sparse_row<kBlock>},
          .int8_rows = generic_sparse_int8_rows,
          .int8_row = generic_sparse_int8_row};
}
