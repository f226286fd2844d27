#include "slimline/layers/dense.hpp"

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kPanel;

DenseLayer::DenseLayer(MatrixView<const float> weight, std::span<const float> bias,
                       const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(bias.size() == weight.rows(), "bias must have one entry for each row of weight");
}

void DenseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                         Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const bool whole = n_out() % kPanel == 0;  // else the last panel would write beyond a row
  const std::size_t ld = whole ? out.stride() : weight_.n_panels() * kPanel;
  float* sums = whole ? out.data() : workspace.take<float>(X.rows() * ld);
  kernels::active_table().gemm.f32(X.data(), X.stride(), weight_.data(), weight_.n_panels(),
                                   X.rows(), n_in(), sums, ld);
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const float* sum = sums + i * ld;
    float* y = out.row(i);
    for (std::size_t j = 0; j < n_out(); ++j) {
      const float z = sum[j] + bias_[j];
      y[j] = activation_.relu && z < 0 ? 0.0F : z;
    }
    if (activation_.rest != nullptr) activation_.rest(y, n_out());
  }
}

}  // namespace slimline
