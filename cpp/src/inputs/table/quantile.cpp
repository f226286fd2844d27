#include "inputs/table/quantile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace slimline::table {
namespace {

// How near to an outer value a number of a normal result counts as beyond it.
constexpr double kBound = 1e-7;

using Polynomial = std::array<double, 8>;

double at(const Polynomial& coefficients, double x) {
  double sum = coefficients[0];
  for (std::size_t k = 1; k < coefficients.size(); ++k) sum = sum * x + coefficients[k];
  return sum;
}

// Wichura, "Algorithm AS241: the percentage points of the normal distribution", Applied Statistics
// 37 (1988), as Python's statistics.NormalDist computes it; 0 < p < 1.
double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    constexpr Polynomial kAbove = {2.5090809287301226727e+3, 3.3430575583588128105e+4,
                                   6.7265770927008700853e+4, 4.5921953931549871457e+4,
                                   1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                   1.3314166789178437745e+2, 3.3871328727963666080e+0};
    constexpr Polynomial kBelow = {5.2264952788528545610e+3, 2.8729085735721942674e+4,
                                   3.9307895800092710610e+4, 2.1213794301586595867e+4,
                                   5.3941960214247511077e+3, 6.8718700749205790830e+2,
                                   4.2313330701600911252e+1, 1.0};
    const double r = 0.180625 - q * q;
    return at(kAbove, r) * q / at(kBelow, r);
  }
  const double r = std::sqrt(-std::log(q <= 0 ? p : 1 - p));
  double x = 0;
  if (r <= 5) {
    constexpr Polynomial kAbove = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                   2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                   3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                   4.63033784615654529590e+0, 1.42343711074968357734e+0};
    constexpr Polynomial kBelow = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                   1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                   6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                   2.05319162663775882187e+0, 1.0};
    x = at(kAbove, r - 1.6) / at(kBelow, r - 1.6);
  } else {
    constexpr Polynomial kAbove = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                   1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                   2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                   5.46378491116411436990e+0, 6.65790464350110377720e+0};
    constexpr Polynomial kBelow = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                   1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                   1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                   5.99832206555887937690e-1,  1.0};
    x = at(kAbove, r - 5) / at(kBelow, r - 5);
  }
  return q < 0 ? -x : x;
}

// numpy's interp within the known values: sign * places at sign * x of sign * values. With sign -1
// both descend, so that numpy sees their reverse.
double interpolated(double x, const Distribution& d, double sign) {
  const std::size_t n = d.values.size();
  const auto value = [&](std::size_t k) { return sign * d.values[sign > 0 ? k : n - 1 - k]; };
  const auto place = [&](std::size_t k) { return sign * d.places[sign > 0 ? k : n - 1 - k]; };
  x *= sign;
  if (x < value(0)) return place(0);
  if (x >= value(n - 1)) return place(n - 1);
  std::size_t k = 0;  // value(k) <= x < value(k + 1)
  for (std::size_t size = n - 1; size > 1;) {
    const std::size_t half = size / 2;
    if (value(k + half) <= x) k += half;
    size -= half;
  }
  if (value(k) == x) return place(k);
  const double slope = (place(k + 1) - place(k)) / (value(k + 1) - value(k));
  return slope * (x - value(k)) + place(k);
}

double normal_of(double place) {
  const double bound = kBound - std::numeric_limits<double>::epsilon();
  const double low = normal_quantile(bound);
  const double high = normal_quantile(1 - bound);
  if (place <= 0) return low;
  if (place >= 1) return high;
  return std::clamp(normal_quantile(place), low, high);
}

}  // namespace

double quantile_of(double x, const Distribution& distribution) {
  if (std::isnan(x)) return x;
  const double first = distribution.values.front();
  const double last = distribution.values.back();
  double place = 0;
  const bool below = distribution.normal ? x - kBound < first : x <= first;
  const bool above = distribution.normal ? x + kBound > last : x >= last;
  if (!below && above) place = 1;
  if (!below && !above) {
    place = 0.5 * (interpolated(x, distribution, 1) - interpolated(x, distribution, -1));
  }
  return distribution.normal ? normal_of(place) : place;
}

}  // namespace slimline::table
