// The contribution of each input to each output of a network: integrated gradients (Sundararajan,
// Taly & Yan, ICML 2017), on the straight line from a baseline to the row.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "slimline/matrix.hpp"

namespace slimline {

// All points of a line are held at once; what more steps change is less than float32 rounding.
inline constexpr std::size_t kMaxSteps = 1'000'000;

// y = activation(x W' + b) with the logical weights W (n_out, n_in), whatever they are stored as.
struct ExplainedLayer {
  MatrixView<const float> weight;
  std::span<const float> bias;
  std::string activation;
};

// X: (m, d), baseline: (d), out: (m, k * d) for k outputs, the d contributions to output o of row i
// at out(i, o * d). They sum to the output of the row minus that of the baseline, up to float32
// rounding, for any n_steps from 1 to kMaxSteps: on each of the n_steps segments of the line the
// derivative of every activation is that of its secant, where plain quadrature takes tangents.
// Throws std::invalid_argument when shapes do not fit.
void integrated_gradients(std::span<const ExplainedLayer> layers, MatrixView<const float> X,
                          std::span<const float> baseline, std::size_t n_steps,
                          MatrixView<float> out, int n_threads);

}  // namespace slimline
