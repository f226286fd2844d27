#include "slimline/layers/int8.hpp"

#include <algorithm>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

Int8Layer::Int8Layer(MatrixView<const std::int8_t> weight, std::span<const float> scale,
                     std::span<const float> bias, const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      scale_(scale.begin(), scale.end()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  check();
}

Int8Layer::Int8Layer(const KeptUnits<std::int8_t>& weight, std::span<const float> scale,
                     std::span<const float> bias, const std::string& activation)
    : weight_(weight),
      scale_(scale.begin(), scale.end()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  check();
}

void Int8Layer::check() const {
  require(scale_.size() == n_out(), "scale must have one entry for each row of weight");
  require(bias_.size() == n_out(), "bias must have one entry for each row of weight");
}

void Int8Layer::forward(MatrixView<const float> X, MatrixView<float> out,
                        Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const kernels::KernelTable& table = kernels::active_table();
  const std::size_t depth = weight_.depth();
  const std::size_t ld = weight_.n_panels() * kernels::kPanel;
  auto* rows = workspace.take<std::uint8_t>(X.rows(), depth);
  auto* row_scale = workspace.take<kernels::RowScale>(X.rows());
  for (std::size_t i = 0; i < X.rows(); ++i) {
    row_scale[i] = table.quantize.quantize_row(X.row(i), n_in(), rows + i * depth);
    std::fill(rows + i * depth + n_in(), rows + (i + 1) * depth, std::uint8_t{0});
  }
  auto* sums = workspace.take<std::int32_t>(X.rows(), ld);
  table.gemm.u7s8(rows, depth, weight_.panels(0, weight_.n_panels()), X.rows(), sums, ld);
  const kernels::Outputs outputs{.column_sum = weight_.column_sums().data(),
                                 .scale = scale_.data(),
                                 .bias = bias_.data(),
                                 .relu = activation_.relu};
  for (std::size_t i = 0; i < X.rows(); ++i) {
    table.quantize.to_float(sums + i * ld, row_scale[i], outputs, n_out(), out.row(i));
    if (activation_.rest != nullptr) activation_.rest(out.row(i), n_out());
  }
}

}  // namespace slimline
