// The logistic loss of many margins at once, in terms that compilers turn into vectors.

// exp(-a) for 0 <= a <= 700: 2^k exp(r) with |r| <= log(2)/2, and exp(r) by its Taylor polynomial
// of degree 12, whose next term is below 2e-16.
inline double exp_of_negative(double a) noexcept {
  constexpr double kRounder = 0x1.8p52;  // adding it leaves the nearest integer in the last bits
  constexpr double kInverseLog2 = 0x1.71547652b82fep0;
  constexpr double kLog2High = 0x1.62e42fee00000p-1;
  constexpr double kLog2Low = 0x1.a39ef35793c76p-33;
  const double shifted = kRounder - a * kInverseLog2;
  const double k = shifted - kRounder;
  const double r = (-a - k * kLog2High) - k * kLog2Low;
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double p0 = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
  const double p1 = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  const double p2 = (1.0 / 40320 + r * (1.0 / 362880)) +
                    r2 * (1.0 / 3628800 + r * (1.0 / 39916800) + r2 * (1.0 / 479001600));
  const double p = p0 + r4 * (p1 + r4 * p2);
  const std::int64_t bits = __builtin_bit_cast(std::int64_t, shifted) << 52;
  return __builtin_bit_cast(double, __builtin_bit_cast(std::int64_t, p) + bits);
}

// log(1 + z) = 2 artanh(s), s = z / (2 + z), for 0 <= z <= 1: s is at most 1/3.
inline double log_of_1_plus(double z) noexcept {
  const double s = z / (2 + z);
  const double t = s * s;
  double sum = 1.0 / 31;
  sum = sum * t + 1.0 / 29;
  sum = sum * t + 1.0 / 27;
  sum = sum * t + 1.0 / 25;
  sum = sum * t + 1.0 / 23;
  sum = sum * t + 1.0 / 21;
  sum = sum * t + 1.0 / 19;
  sum = sum * t + 1.0 / 17;
  sum = sum * t + 1.0 / 15;
  sum = sum * t + 1.0 / 13;
  sum = sum * t + 1.0 / 11;
  sum = sum * t + 1.0 / 9;
  sum = sum * t + 1.0 / 7;
  sum = sum * t + 1.0 / 5;
  sum = sum * t + 1.0 / 3;
  sum = sum * t + 1;
  return 2 * s * sum;
}

inline void generic_logistic(const double* margin, std::size_t n, double* wrong,
                             double* loss) noexcept {
  constexpr double kFlat = 700;  // from here on both are 0, or the loss is the margin
  for (std::size_t i = 0; i < n; ++i) {
    const double m = margin[i];
    const double a = m < 0 ? -m : m;
    const double z = exp_of_negative(a < kFlat ? a : kFlat);
    const double odds = 1 / (1 + z);
    const double nothing = m - m;  // NaN where the margin is NaN or infinite
    wrong[i] = (m < 0 ? odds : z * odds) + nothing;
    loss[i] = log_of_1_plus(z) + (m < 0 ? -m : 0) + nothing;
  }
}
