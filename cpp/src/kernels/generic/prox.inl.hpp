// beta'(s) = clip(soft(beta + h s, h eps), lower, upper) of many rows, written so that compilers
// turn the loops into vector code: comparisons that are selections, and sums in lanes.
// Included once by each kernels/isa/**.cpp, inside its unnamed namespace.

constexpr std::size_t kProxLanes = 16;

inline double generic_prox(const ProxRows& rows, std::size_t k, double s) noexcept {
  const double t = rows.beta[k] + rows.h[k] * s;
  const double dead = rows.h[k] * rows.epsilon;
  const double above = t - dead > 0 ? t - dead : 0;
  const double below = t + dead < 0 ? t + dead : 0;
  const double soft = above + below;
  const double raised = soft > rows.lower[k] ? soft : rows.lower[k];
  return raised < rows.upper[k] ? raised : rows.upper[k];
}

// The sum of term(k) for k < n, each lane in its own order.
template <class Term>
double sum_prox_lanes(std::size_t n, const Term& term) noexcept {
  double lanes[kProxLanes] = {};
  std::size_t k = 0;
  for (; k + kProxLanes <= n; k += kProxLanes) {
    for (std::size_t l = 0; l < kProxLanes; ++l) lanes[l] += term(k + l);
  }
  double sum = 0;
  for (; k < n; ++k) sum += term(k);
  for (const double lane : lanes) sum += lane;
  return sum;
}

inline void generic_prox_values(ProxRows rows, const double* s, std::size_t n,
                                double* out) noexcept {
  for (std::size_t k = 0; k < n; ++k) out[k] = generic_prox(rows, k, s[k]);
}

inline void generic_prox_slopes(ProxRows rows, const double* s, double window, std::size_t n,
                                double* out) noexcept {
  for (std::size_t k = 0; k < n; ++k) {
    const double near = window * rows.spread[k];
    const double change = generic_prox(rows, k, s[k] + near) - generic_prox(rows, k, s[k] - near);
    out[k] = change / (2 * near);
  }
}

inline double generic_prox_derivative(ProxRows rows, const double* s, const double* now,
                                      ProxStep step, std::size_t n) noexcept {
  return sum_prox_lanes(n, [&](std::size_t k) {
    const double df = step.df[k] + step.db;
    return (generic_prox(rows, k, s[k] - step.t * df) - now[k]) * df;
  });
}

template <bool kSquared>
ProxSums generic_prox_sums(ProxRows rows, const double* target, const double* s, const double* beta,
                           std::size_t n) noexcept {
  const double epsilon = rows.epsilon;
  const auto size = [&](std::size_t k) { return beta[k] < 0 ? -beta[k] : beta[k]; };
  const auto curved = [&](std::size_t k) {
    return kSquared ? beta[k] * beta[k] / (2 * rows.h[k]) : 0;
  };
  const auto loss = [&](std::size_t k) {
    if constexpr (kSquared) return curved(k);
    const double above = s[k] - epsilon > 0 ? s[k] - epsilon : 0;
    const double below = s[k] + epsilon < 0 ? s[k] + epsilon : 0;
    return above * rows.upper[k] + below * rows.lower[k];
  };
  return {.balance = sum_prox_lanes(n, [&](std::size_t k) { return beta[k]; }),
          .mass = sum_prox_lanes(n, size),
          .loss = sum_prox_lanes(n, loss),
          .along = sum_prox_lanes(n, [&](std::size_t k) { return s[k] * beta[k]; }),
          .gain = sum_prox_lanes(n, [&](std::size_t k) {
            return target[k] * beta[k] - curved(k) - epsilon * size(k);
          })};
}

constexpr ProxKernels generic_prox_kernels() {
  return {.values = generic_prox_values,
          .slopes = generic_prox_slopes,
          .derivative = generic_prox_derivative,
          .linear_sums = generic_prox_sums<false>,
          .squared_sums = generic_prox_sums<true>};
}
