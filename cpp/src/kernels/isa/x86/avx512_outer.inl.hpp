// The tiles of generic/outer.inl.hpp's add_gram in registers of eight doubles: eight rows of H by
// up to three registers, since fewer sums than latency times FMAs a cycle (4 x 2) would wait, and
// three use each broadcast value three times.
// Included after avx512_registers.inl.hpp.

template <std::size_t kRegisters>
void avx512_outer_8(const double* a, const double* b, std::size_t n, std::size_t stride, double* h,
                    std::size_t h_stride) noexcept {
  Doubles sum[8][kRegisters];
  for (auto& row : sum) {
    for (auto& part : row) part = Wide::fill(0);
  }
  for (std::size_t r = 0; r < n; ++r, a += stride, b += stride) {
    Doubles right[kRegisters];
    for (std::size_t j = 0; j < kRegisters; ++j) {
      right[j] = Wide::read(b + 8 * j);
    }
    for (std::size_t i = 0; i < 8; ++i) {
      const Doubles left = Wide::fill(a[i]);
      for (std::size_t j = 0; j < kRegisters; ++j) {
        sum[i][j] = Wide::multiply_add(left, right[j], sum[i][j]);
      }
    }
  }
  for (std::size_t i = 0; i < 8; ++i, h += h_stride) {
    for (std::size_t j = 0; j < kRegisters; ++j) {
      const Doubles before = Wide::read(h + 8 * j);
      Wide::write(h + 8 * j, Wide::sum(before, sum[i][j]));
    }
  }
}

inline void avx512_add_gram(const double* panel, std::size_t n, std::size_t size, double* h,
                            std::size_t h_stride) noexcept {
  for (std::size_t i = 0; i < size; i += 8) {
    for (std::size_t j = 0; j <= i;) {
      const std::size_t left = (i - j) / 8 + 1;  // registers up to the diagonal
      const double* a = panel + i;
      const double* b = panel + j;
      double* to = h + i * h_stride + j;
      if (left == 3 || left > 4) {
        avx512_outer_8<3>(a, b, n, size, to, h_stride);
        j += 24;
      } else if (left > 1) {
        avx512_outer_8<2>(a, b, n, size, to, h_stride);
        j += 16;
      } else {
        avx512_outer_8<1>(a, b, n, size, to, h_stride);
        j += 8;
      }
    }
  }
}
