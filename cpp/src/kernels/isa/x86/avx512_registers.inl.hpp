// The registers of AVX-512 for four_rows.inl.hpp and others. Included after avx2_registers.inl.hpp,
// whose sums of lanes it uses.

// The sum of the halves of a register, by way of memory: GCC 12 warns of its own code for the upper
// half.
template <class Z>
inline auto halves(typename Z::Register v) noexcept {
  alignas(64) typename Z::Value lanes[Z::kWidth];
  Z::write(lanes, v);
  return add(load(lanes), load(lanes + Z::kWidth / 2));
}

#ifdef SLIMLINE_SIMDE
// What masks do, for SIMDe, whose masked loads and stores touch the lanes that are left out.
template <class Z>
inline auto read_first(const typename Z::Value* p, std::size_t count) noexcept {
  typename Z::Value lanes[Z::kWidth] = {};
  for (std::size_t k = 0; k < count; ++k) lanes[k] = p[k];
  return Z::read(lanes);
}
template <class Z>
inline void write_first(typename Z::Value* p, std::size_t count, typename Z::Register v) noexcept {
  typename Z::Value lanes[Z::kWidth];
  Z::write(lanes, v);
  for (std::size_t k = 0; k < count; ++k) p[k] = lanes[k];
}
#endif

template <class T>
struct Zmm;

// Sixteen floats.
template <>
struct Zmm<float> {
  using Value = float;
  using Register = SLIMLINE_VNNI(__m512);
  static constexpr std::size_t kWidth = 16;
  static constexpr std::size_t kSharing = 5;  // 20 sums of 32 registers

  static Register fill(float a) noexcept { return SLIMLINE_VNNI(_mm512_set1_ps)(a); }
  static Register read(const float* p) noexcept { return SLIMLINE_VNNI(_mm512_loadu_ps)(p); }
  static void write(float* p, Register v) noexcept { SLIMLINE_VNNI(_mm512_storeu_ps)(p, v); }
#ifndef SLIMLINE_SIMDE
  using Mask = __mmask16;
  static Mask mask(std::size_t count) noexcept { return static_cast<Mask>((1U << count) - 1); }
  static Register read_some(const float* p, Mask mask) noexcept {
    return _mm512_maskz_loadu_ps(mask, p);
  }
  static void write_some(float* p, Mask mask, Register v) noexcept {
    _mm512_mask_storeu_ps(p, mask, v);
  }
#else
  using Mask = std::size_t;
  static Mask mask(std::size_t count) noexcept { return count; }
  static Register read_some(const float* p, Mask count) noexcept {
    return read_first<Zmm>(p, count);
  }
  static void write_some(float* p, Mask count, Register v) noexcept {
    write_first<Zmm>(p, count, v);
  }
#endif
  static Register multiply_add(Register a, Register b, Register c) noexcept {
    return SLIMLINE_VNNI(_mm512_fmadd_ps)(a, b, c);
  }
  static Register sum(Register a, Register b) noexcept {
    return SLIMLINE_VNNI(_mm512_add_ps)(a, b);
  }
  static Register product(Register a, Register b) noexcept {
    return SLIMLINE_VNNI(_mm512_mul_ps)(a, b);
  }
  static void lane_sums(Register a, Register b, Register c, Register d, float* sums) noexcept {
    sum_lanes4(halves<Zmm>(a), halves<Zmm>(b), halves<Zmm>(c), halves<Zmm>(d), sums);
  }
};

// Eight doubles.
template <>
struct Zmm<double> {
  using Value = double;
  using Register = SLIMLINE_VNNI(__m512d);
  static constexpr std::size_t kWidth = 8;
  static constexpr std::size_t kSharing = 5;  // 20 sums of 32 registers

  static Register fill(double a) noexcept { return SLIMLINE_VNNI(_mm512_set1_pd)(a); }
  static Register read(const double* p) noexcept { return SLIMLINE_VNNI(_mm512_loadu_pd)(p); }
  static void write(double* p, Register v) noexcept { SLIMLINE_VNNI(_mm512_storeu_pd)(p, v); }
#ifndef SLIMLINE_SIMDE
  using Mask = __mmask8;
  static Mask mask(std::size_t count) noexcept { return static_cast<Mask>((1U << count) - 1); }
  static Register read_some(const double* p, Mask mask) noexcept {
    return _mm512_maskz_loadu_pd(mask, p);
  }
  static void write_some(double* p, Mask mask, Register v) noexcept {
    _mm512_mask_storeu_pd(p, mask, v);
  }
#else
  using Mask = std::size_t;
  static Mask mask(std::size_t count) noexcept { return count; }
  static Register read_some(const double* p, Mask count) noexcept {
    return read_first<Zmm>(p, count);
  }
  static void write_some(double* p, Mask count, Register v) noexcept {
    write_first<Zmm>(p, count, v);
  }
#endif
  static Register multiply_add(Register a, Register b, Register c) noexcept {
    return SLIMLINE_VNNI(_mm512_fmadd_pd)(a, b, c);
  }
  static Register sum(Register a, Register b) noexcept {
    return SLIMLINE_VNNI(_mm512_add_pd)(a, b);
  }
  static Register product(Register a, Register b) noexcept {
    return SLIMLINE_VNNI(_mm512_mul_pd)(a, b);
  }
  static void lane_sums(Register a, Register b, Register c, Register d, double* sums) noexcept {
    sum_lanes4(halves<Zmm>(a), halves<Zmm>(b), halves<Zmm>(c), halves<Zmm>(d), sums);
  }
};

using Wide = Zmm<double>;
using Doubles = Wide::Register;
