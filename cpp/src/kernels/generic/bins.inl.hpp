// Bins of a column of values, in plain C++ that compilers turn into SIMD over the values: each edge
// is compared with all of them in registers, without branches and without table lookups.
// Included once by each kernels/isa/**.cpp, inside its unnamed namespace.

inline void generic_bins(const float* x, const float* edges, std::size_t n_edges,
                         std::int32_t* bins) noexcept {
  std::int32_t below[kSparseRows] = {};
  for (std::size_t e = 0; e < n_edges; ++e) {
    for (std::size_t r = 0; r < kSparseRows; ++r) below[r] += edges[e] <= x[r] ? 1 : 0;
  }
  const auto missing = static_cast<std::int32_t>(n_edges + 1);
  for (std::size_t r = 0; r < kSparseRows; ++r) bins[r] = x[r] == x[r] ? below[r] : missing;
}
