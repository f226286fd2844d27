#include "slimline/layers/dense.hpp"

#include <algorithm>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kPanel;

namespace {

// Panels whose weights a sparse row copies at once: as many as a single dense row takes at once.
constexpr std::size_t kPanelsAtOnce = 4;

}  // namespace

DenseLayer::DenseLayer(MatrixView<const float> weight, std::span<const float> bias,
                       const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(bias.size() == n_out(), "bias must have one entry for each row of weight");
}

DenseLayer::DenseLayer(const KeptUnits<float>& weight, std::span<const float> bias,
                       const std::string& activation)
    : weight_(weight),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(bias.size() == n_out(), "bias must have one entry for each row of weight");
}

void DenseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                         Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const bool whole = n_out() % kPanel == 0;  // else the last panel would write beyond a row
  const std::size_t ld = whole ? out.stride() : weight_.n_panels() * kPanel;
  float* sums = whole ? out.data() : workspace.take<float>(X.rows(), ld);
  kernels::active_table().gemm.f32(X.data(), X.stride(), weight_.data(), weight_.n_panels(),
                                   X.rows(), n_in(), sums, ld);
  for (std::size_t i = 0; i < X.rows(); ++i) finish(sums + i * ld, out.row(i));
}

// Sums run over the inputs in order in one accumulator (see GemmKernels), and products with zeros
// change none of them: so the weights of the row's columns, copied side by side, give the same
// bits.
template <class Index>
void DenseLayer::forward(CsrView<float, Index> X, MatrixView<float> out,
                         Workspace& workspace) const {
  const std::size_t n_panels = weight_.n_panels();
  for (std::size_t i = 0; i < X.rows(); ++i) {
    const Workspace::Scope scope(workspace);
    const auto values = X.values(i);
    const auto indices = X.indices(i);
    auto* sums = workspace.take<float>(n_panels, kPanel);
    auto* copy = workspace.take<float>(std::min(kPanelsAtOnce, n_panels), values.size(), kPanel);
    for (std::size_t p = 0; p < n_panels; p += kPanelsAtOnce) {
      const std::size_t n = std::min(kPanelsAtOnce, n_panels - p);
      float* to = copy;
      for (std::size_t q = p; q < p + n; ++q) {
        const float* panel = weight_.data() + q * n_in() * kPanel;
        for (const Index column : indices) {
          to = std::copy_n(panel + static_cast<std::size_t>(column) * kPanel, kPanel, to);
        }
      }
      kernels::active_table().gemm.f32(values.data(), values.size(), copy, n, 1, values.size(),
                                       sums + p * kPanel, n * kPanel);
    }
    finish(sums, out.row(i));
  }
}

template void DenseLayer::forward(CsrView<float, std::int32_t>, MatrixView<float>,
                                  Workspace&) const;
template void DenseLayer::forward(CsrView<float, std::int64_t>, MatrixView<float>,
                                  Workspace&) const;

void DenseLayer::finish(const float* sums, float* y) const {
  for (std::size_t j = 0; j < n_out(); ++j) {
    const float z = sums[j] + bias_[j];
    y[j] = activation_.relu && z < 0 ? 0.0F : z;
  }
  if (activation_.rest != nullptr) activation_.rest(y, n_out());
}

}  // namespace slimline
