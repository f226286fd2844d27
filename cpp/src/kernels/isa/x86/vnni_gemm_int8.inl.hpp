// Integer products with VNNI: vpdpbusd multiplies four bytes of A, unsigned, with four of B,
// signed, and adds the products to an int32 without saturating: exact for u7 and full u8 alike.
// Includers define HalfPanel and FullPanel first: what kRegisters registers of 8 or 16 columns are,
// and kRows, how many rows of them are under way together, eight at least for the latency of
// vpdpbusd. Included by isa/avxvnni.cpp and isa/avx512vnni.cpp inside their unnamed namespace.

template <class Panel>
struct VnniTile {
  Int8Block block;
  const std::uint8_t* a;
  std::size_t lda;
  std::int32_t* c;
  std::size_t ldc;

  template <std::size_t R>
  void run(std::size_t row) const noexcept {
    constexpr std::size_t V = Panel::kRegisters;
    using Register = typename Panel::Register;
    const std::uint8_t* x = a + row * lda + block.k;
    std::int32_t* y = c + row * ldc + block.column;
    Register sums[R][V];
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t h = 0; h < V; ++h) {
        sums[r][h] = block.first ? Panel::zero() : Panel::load(y + r * ldc + Panel::kBytes / 4 * h);
      }
    }
    for (std::size_t quad = 0; quad < block.n_quads; ++quad) {
      const std::size_t k = 4 * std::size_t{block.order[quad]};
      Register w[V];
      for (std::size_t h = 0; h < V; ++h) {
        w[h] = Panel::load(block.b + Panel::kBytes * (quad * V + h));
      }
      for (std::size_t r = 0; r < R; ++r) {
        const Register bytes = Panel::broadcast(x + r * lda + k);
        for (std::size_t h = 0; h < V; ++h) sums[r][h] = Panel::dot(sums[r][h], bytes, w[h]);
      }
    }
    for (std::size_t r = 0; r < R; ++r) {
      for (std::size_t h = 0; h < V; ++h) {
        Panel::store(y + r * ldc + Panel::kBytes / 4 * h, sums[r][h]);
      }
    }
  }
};

inline void vnni_gemm_int8(const std::uint8_t* a, std::size_t lda, Int8Panels b, std::size_t m,
                           std::int32_t* c, std::size_t ldc) noexcept {
  for_int8_blocks(b, m, [&](const Int8Block& block) {
    if (block.half) {
      for_int8_rows<HalfPanel::kRows>(0, m, VnniTile<HalfPanel>{block, a, lda, c, ldc});
    } else {
      for_int8_rows<FullPanel::kRows>(0, m, VnniTile<FullPanel>{block, a, lda, c, ldc});
    }
  });
}

// The kernels of AVX2, with products of integers by VNNI.
constexpr KernelTable vnni_kernels(const char* name, std::uint32_t feature) {
  KernelTable table = avx2_kernels();
  table.name = name;
#ifndef SLIMLINE_SIMDE
  table.required |= feature;
#else
  static_cast<void>(feature);  // emulated on any CPU with AVX2
#endif
  table.gemm.u7s8 = vnni_gemm_int8;
  table.gemm.u8s8 = vnni_gemm_int8;
  return table;
}
