// Integrated gradients: all points of a row's line go forward as one batch; then, for each output,
// the secant slopes of each piece go backward. Inputs move in the same direction on every piece, so
// the pieces' slopes are summed before the last product, with the first layer's weights.
#include "slimline/explain.hpp"

#include <vector>

#include "core/parallel.hpp"
#include "slimline/error.hpp"
#include "slimline/gemm.hpp"
#include "slimline/layers/activation.hpp"

namespace slimline {
namespace {

struct Prepared {
  explicit Prepared(const ExplainedLayer& layer)
      : forward(layer.weight.data(), layer.weight.cols(), layer.weight.rows(), 1,
                layer.weight.stride()),
        backward(layer.weight.data(), layer.weight.rows(), layer.weight.cols(),
                 layer.weight.stride(), 1),
        weight(layer.weight),
        bias(layer.bias),
        activation(make_activation(layer.activation)) {}

  PackedFloat forward;   // (n_in, n_out)
  PackedFloat backward;  // (n_out, n_in)
  MatrixView<const float> weight;
  std::span<const float> bias;
  ActivationFunction activation;
};

void check(std::span<const ExplainedLayer> layers, MatrixView<const float> X,
           std::span<const float> baseline, std::size_t n_steps, MatrixView<float> out) {
  require(!layers.empty(), "at least one layer is needed");
  require(n_steps >= 1 && n_steps <= kMaxSteps,
          "n_steps must be 1 to " + std::to_string(kMaxSteps) + ", got " + std::to_string(n_steps));
  require(baseline.size() == X.cols(), "baseline must have an entry for each column of X");
  std::size_t width = X.cols();
  for (const ExplainedLayer& layer : layers) {
    require(layer.weight.cols() == width && layer.bias.size() == layer.weight.rows(),
            "each layer must take what the one before gives");
    width = layer.weight.rows();
  }
  require(out.rows() == X.rows() && out.cols() == width * X.cols(),
          "out must have a row for each row of X and a column for each output and input");
}

// The n_steps + 1 points from the baseline to x.
Matrix<float> line(std::span<const float> baseline, const float* x, std::size_t n_steps) {
  Matrix<float> points(n_steps + 1, baseline.size());
  for (std::size_t s = 0; s <= n_steps; ++s) {
    const double t = static_cast<double>(s) / static_cast<double>(n_steps);
    for (std::size_t j = 0; j < baseline.size(); ++j) {
      const double start = baseline[j];
      points(s, j) = static_cast<float>(start + t * (x[j] - start));
    }
  }
  return points;
}

// Replaces the points by the layer's outputs; returns the slopes of its activation on each piece.
Matrix<float> forward(const Prepared& layer, Matrix<float>& points) {
  const std::size_t n_out = layer.weight.rows();
  Matrix<float> before(points.rows(), n_out);
  gemm_float(std::as_const(points).view(), layer.forward, before.view(), 1);
  Matrix<float> after(points.rows(), n_out);
  for (std::size_t s = 0; s < points.rows(); ++s) {
    for (std::size_t j = 0; j < n_out; ++j) after(s, j) = before(s, j) += layer.bias[j];
    layer.activation(after.row(s), n_out);
  }
  Matrix<float> slopes(points.rows() - 1, n_out);
  for (std::size_t s = 0; s + 1 < points.rows(); ++s) {
    for (std::size_t j = 0; j < n_out; ++j) {
      const float run = before(s + 1, j) - before(s, j);
      slopes(s, j) = run == 0.0F ? 0.0F : (after(s + 1, j) - after(s, j)) / run;
    }
  }
  points = std::move(after);
  return slopes;
}

void explain_row(std::span<const Prepared> layers, std::span<const float> baseline, const float* x,
                 std::size_t n_steps, float* out) {
  Matrix<float> points = line(baseline, x, n_steps);
  std::vector<Matrix<float>> slopes;
  for (const Prepared& layer : layers) slopes.push_back(forward(layer, points));
  const std::size_t n_outputs = layers.back().weight.rows();
  const std::size_t width = layers.front().weight.rows();
  Matrix<float> summed(n_outputs, width);
  for (std::size_t o = 0; o < n_outputs; ++o) {
    Matrix<float> slope(n_steps, n_outputs);
    for (std::size_t s = 0; s < n_steps; ++s) slope(s, o) = slopes.back()(s, o);
    for (std::size_t l = layers.size(); l-- > 1;) {
      Matrix<float> inner(n_steps, layers[l].weight.cols());
      gemm_float(std::as_const(slope).view(), layers[l].backward, inner.view(), 1);
      for (std::size_t s = 0; s < n_steps; ++s) {
        for (std::size_t j = 0; j < inner.cols(); ++j) inner(s, j) *= slopes[l - 1](s, j);
      }
      slope = std::move(inner);
    }
    for (std::size_t j = 0; j < width; ++j) {
      double sum = 0;
      for (std::size_t s = 0; s < n_steps; ++s) sum += slope(s, j);
      summed(o, j) = static_cast<float>(sum / static_cast<double>(n_steps));
    }
  }
  const MatrixView<float> result(out, n_outputs, baseline.size());
  gemm_float(std::as_const(summed).view(), layers.front().backward, result, 1);
  for (std::size_t o = 0; o < n_outputs; ++o) {
    for (std::size_t j = 0; j < baseline.size(); ++j) result(o, j) *= x[j] - baseline[j];
  }
}

}  // namespace

void integrated_gradients(std::span<const ExplainedLayer> layers, MatrixView<const float> X,
                          std::span<const float> baseline, std::size_t n_steps,
                          MatrixView<float> out, int n_threads) {
  check(layers, X, baseline, n_steps, out);
  const std::vector<Prepared> prepared(layers.begin(), layers.end());
  parallel_for(X.rows(), 1, n_threads, [&](std::size_t begin, std::size_t, std::size_t) {
    explain_row(prepared, baseline, X.row(begin), n_steps, out.row(begin));
  });
}

}  // namespace slimline
