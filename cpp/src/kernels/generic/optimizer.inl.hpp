// Steps of optimizers, element by element; compilers vectorise them (-fno-math-errno lets them use
// the square root of a register). Included once by each kernels/isa/**.cpp, inside its unnamed
// namespace.

inline void generic_adam(AdamStep step, std::size_t n, const float* __restrict g,
                         float* __restrict m, float* __restrict v, float* __restrict w) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    const float slope = g[i] + step.l2 * w[i];
    m[i] = step.beta_1 * m[i] + (1 - step.beta_1) * slope;
    v[i] = step.beta_2 * v[i] + (1 - step.beta_2) * slope * slope;
    w[i] = step.shrink * w[i] - step.rate * m[i] / (__builtin_sqrtf(v[i]) + step.epsilon);
  }
}

inline void generic_momentum(MomentumStep step, std::size_t n, const float* __restrict g,
                             float* __restrict m, float* __restrict w) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    const float move = step.rate * (g[i] + step.l2 * w[i]);
    m[i] = step.momentum * m[i] - move;
    w[i] += step.nesterov ? step.momentum * m[i] - move : m[i];
  }
}

constexpr OptimizerKernels generic_optimizer_kernels() {
  return {.adam = generic_adam, .momentum = generic_momentum};
}
