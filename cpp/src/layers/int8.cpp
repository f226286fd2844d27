#include "slimline/layers/int8.hpp"

#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {

Int8Layer::Int8Layer(MatrixView<const std::int8_t> weight, std::span<const float> scale,
                     std::span<const float> bias, const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      scale_(scale.begin(), scale.end()),
      bias_(bias.begin(), bias.end()),
      activation_(make_activation(activation)) {
  require(scale.size() == weight.rows(), "scale must have one entry for each row of weight");
  require(bias.size() == weight.rows(), "bias must have one entry for each row of weight");
}

void Int8Layer::forward(MatrixView<const float> X, MatrixView<float> out) const {
  const kernels::KernelTable& table = kernels::active_table();
  const std::size_t width = weight_.depth();
  const std::size_t ld = weight_.n_panels() * kernels::kPanel;
  AlignedBuffer<std::uint8_t> rows(X.rows() * width);
  std::vector<kernels::RowScale> row_scale(X.rows());
  for (std::size_t i = 0; i < X.rows(); ++i) {
    row_scale[i] = table.quantize.quantize_row(X.row(i), n_in(), rows.data() + i * width);
  }
  AlignedBuffer<std::int32_t> sums(X.rows() * ld);
  table.gemm.u7s8(rows.data(), width, weight_.panels(0, weight_.n_panels()), X.rows(), sums.data(),
                  ld);
  for (std::size_t i = 0; i < X.rows(); ++i) {
    float* y = out.row(i);
    table.quantize.dequantize_row(sums.data() + i * ld, row_scale[i], weight_.column_sums().data(),
                                  scale_.data(), bias_.data(), n_out(), y);
    activation_(y, n_out());
  }
}

}  // namespace slimline
