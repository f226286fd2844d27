#include "slimline/layers/int8_static.hpp"

#include <algorithm>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kPanel;
using kernels::Levels;
using kernels::Outputs;
using kernels::RowScale;

constexpr RowScale kNoRowScale{.scale = 1.0F, .zero_point = 0};

std::vector<float> one_an_input(std::span<const float> values, std::size_t n_in) {
  require(values.size() == n_in || values.size() == 1,
          "low and step must have one entry for each column of weight, or one for all");
  if (values.size() == n_in) return {values.begin(), values.end()};
  return std::vector<float>(n_in, values.front());
}

}  // namespace

Int8StaticLayer::Int8StaticLayer(MatrixView<const std::int8_t> weight, std::span<const float> scale,
                                 std::span<const float> offset, Input input,
                                 const std::string& activation)
    : weight_(weight.data(), weight.cols(), weight.rows(), 1, weight.stride()),
      scale_(scale.begin(), scale.end()),
      offset_(offset.begin(), offset.end()),
      low_(one_an_input(input.low, weight.cols())),
      inverse_(one_an_input(input.step, weight.cols())),
      activation_(make_fused_activation(activation)) {
  require(scale.size() == weight.rows(), "scale must have one entry for each row of weight");
  require(offset.size() == weight.rows(), "offset must have one entry for each row of weight");
  for (float& step : inverse_) step = 1.0F / step;
}

MatrixView<std::uint8_t> Int8StaticLayer::take_rows(std::size_t n_rows,
                                                    Workspace& workspace) const {
  const auto rows = workspace.take_matrix<std::uint8_t>(n_rows, weight_.depth());
  for (std::size_t i = 0; i < n_rows; ++i) {
    std::fill(rows.row(i) + n_in(), rows.row(i) + rows.cols(), std::uint8_t{0});
  }
  return rows;
}

MatrixView<const std::uint8_t> Int8StaticLayer::quantize(MatrixView<const float> X,
                                                         Workspace& workspace) const {
  const auto rows = take_rows(X.rows(), workspace);
  const Levels levels{.low = low_.data(), .inverse = inverse_.data()};
  for (std::size_t i = 0; i < X.rows(); ++i) {
    kernels::active_table().quantize.quantize_levels(X.row(i), levels, n_in(), rows.row(i));
  }
  return rows;
}

const std::int32_t* Int8StaticLayer::multiply(MatrixView<const std::uint8_t> rows,
                                              Workspace& workspace) const {
  const std::size_t ld = weight_.n_panels() * kPanel;
  auto* sums = workspace.take<std::int32_t>(rows.rows(), ld);
  kernels::active_table().gemm.u7s8(rows.data(), rows.stride(),
                                    weight_.panels(0, weight_.n_panels()), rows.rows(), sums, ld);
  return sums;
}

void Int8StaticLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                              Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  forward(quantize(X, workspace), out, workspace);
}

void Int8StaticLayer::forward(MatrixView<const std::uint8_t> rows, MatrixView<float> out,
                              Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::int32_t* sums = multiply(rows, workspace);
  const Outputs outputs{.column_sum = weight_.column_sums().data(),
                        .scale = scale_.data(),
                        .bias = offset_.data(),
                        .relu = activation_.relu};
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const std::int32_t* sum = sums + i * weight_.n_panels() * kPanel;
    kernels::active_table().quantize.to_float(sum, kNoRowScale, outputs, n_out(), out.row(i));
    if (activation_.rest != nullptr) activation_.rest(out.row(i), n_out());
  }
}

MatrixView<const std::uint8_t> Int8StaticLayer::forward(MatrixView<const std::uint8_t> rows,
                                                        const Int8StaticLayer& next,
                                                        Workspace& workspace) const {
  if (activation_.rest != nullptr) {
    const auto values = workspace.take_matrix<float>(rows.rows(), n_out());
    forward(rows, values, workspace);
    return next.quantize(values, workspace);
  }
  const auto result = next.take_rows(rows.rows(), workspace);
  const Workspace::Scope scope(workspace);
  const std::int32_t* sums = multiply(rows, workspace);
  const Outputs outputs{.column_sum = weight_.column_sums().data(),
                        .scale = scale_.data(),
                        .bias = offset_.data(),
                        .relu = activation_.relu};
  const Levels levels{.low = next.low_.data(), .inverse = next.inverse_.data()};
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const std::int32_t* sum = sums + i * weight_.n_panels() * kPanel;
    kernels::active_table().quantize.to_u7(sum, kNoRowScale, outputs, levels, n_out(),
                                           result.row(i));
  }
  return result;
}

}  // namespace slimline
