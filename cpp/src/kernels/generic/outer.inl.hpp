// A block of a sum of outer products, kept in registers over all its terms.
// Included once by each kernels/isa/**.cpp, inside its unnamed namespace.

inline void generic_outer_4x8(const double* a, const double* b, std::size_t n, std::size_t stride,
                              double* h, std::size_t h_stride) noexcept {
  double sum[4][8] = {};
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 8; ++j) sum[i][j] += a[r * stride + i] * b[r * stride + j];
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 8; ++j) h[i * h_stride + j] += sum[i][j];
  }
}

// The lower triangle of a panel's Gram matrix, block by block.
template <auto Outer>
void tiled_add_gram(const double* panel, std::size_t n, std::size_t size, double* h,
                    std::size_t h_stride) noexcept {
  for (std::size_t i = 0; i < size; i += 4) {
    for (std::size_t j = 0; j <= i; j += 8) {
      Outer(panel + i, panel + j, n, size, h + i * h_stride + j, h_stride);
    }
  }
}
