#include "slimline/layers/dense.hpp"

#include "slimline/error.hpp"

namespace slimline {

DenseLayer::DenseLayer(MatrixView<const float> weight, std::span<const float> bias,
                       const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      bias_(bias.begin(), bias.end()),
      activation_(make_activation(activation)) {
  require(bias.size() == weight.rows(), "bias must have one entry for each row of weight");
}

void DenseLayer::forward(MatrixView<const float> X, MatrixView<float> out) const {
  gemm_float(X, weight_, out, 1);
  for (std::size_t i = 0; i < X.rows(); ++i) {
    float* y = out.row(i);
    for (std::size_t j = 0; j < n_out(); ++j) y[j] += bias_[j];
    activation_(y, n_out());
  }
}

}  // namespace slimline
