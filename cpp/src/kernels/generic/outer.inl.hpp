// A block of a sum of outer products, kept in registers over all its terms.
// Included once by each kernels/isa/*.cpp, inside its unnamed namespace.

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
