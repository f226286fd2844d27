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

// Panels have room for kPanel outputs: of fewer than this many, with many inputs, they would take
// several times the memory of the weights.
constexpr std::size_t kFewOutputs = 6;
constexpr std::size_t kManyInputs = std::size_t{1} << 16U;

bool is_narrow(std::size_t n_out, std::size_t n_in) {
  return n_out < kFewOutputs && n_in > kManyInputs;
}

// out = x W' with W' (n_in, n_out), x given by its entries, in order: body(add), add(input, value).
template <class Body>
void multiply_narrow(const std::vector<float>& weight, std::size_t n_out, float* out,
                     const Body& body) {
  double sums[kFewOutputs] = {};
  body([&](std::size_t input, float value) {
    const float* w = weight.data() + input * n_out;
    for (std::size_t o = 0; o < n_out; ++o) {
      sums[o] += static_cast<double>(value) * static_cast<double>(w[o]);
    }
  });
  for (std::size_t o = 0; o < n_out; ++o) out[o] = static_cast<float>(sums[o]);
}

}  // namespace

DenseLayer::DenseLayer(MatrixView<const float> weight, std::span<const float> bias,
                       const std::string& activation)
    : n_in_(weight.cols()),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(bias.size() == weight.rows(), "bias must have one entry for each row of weight");
  if (!is_narrow(n_out(), n_in())) {
    weight_ = PackedFloat(weight.data(), weight.cols(), weight.rows(), 1, weight.stride());
    return;
  }
  narrow_.resize(checked_product(n_in(), n_out()));
  for (std::size_t o = 0; o < n_out(); ++o) {
    for (std::size_t j = 0; j < n_in(); ++j) narrow_row(j)[o] = weight(o, j);
  }
}

DenseLayer::DenseLayer(const KeptUnits<float>& weight, std::span<const float> bias,
                       const std::string& activation)
    : n_in_(weight.n_in),
      bias_(bias.begin(), bias.end()),
      activation_(make_fused_activation(activation)) {
  require(bias.size() == weight.n_out, "bias must have one entry for each row of weight");
  if (!is_narrow(n_out(), n_in())) {
    weight_ = PackedFloat(weight);
    return;
  }
  check_units(weight);
  narrow_.resize(checked_product(n_in(), n_out()));
  for_each_unit(weight, [&](std::size_t output, std::size_t unit, const float* values) {
    const std::size_t begin = unit * weight.unit;
    for (std::size_t j = begin; j < std::min(begin + weight.unit, n_in()); ++j) {
      narrow_row(j)[output] = values[j - begin];
    }
  });
}

void DenseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                         Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  if (narrow()) {
    for (std::size_t i = 0; i < X.rows(); ++i) {
      multiply_narrow(narrow_, n_out(), out.row(i), [&](const auto& add) {
        for (std::size_t j = 0; j < n_in(); ++j) add(j, X.row(i)[j]);
      });
      finish(out.row(i), out.row(i));
    }
    return;
  }
  const bool whole = n_out() % kPanel == 0;  // else the last panel would write beyond a row
  const std::size_t ld = whole ? out.stride() : weight_.n_panels() * kPanel;
  float* sums = whole ? out.data() : workspace.take<float>(X.rows(), ld);
  kernels::active_table().gemm.f32(X.data(), X.stride(), weight_.data(), weight_.n_panels(),
                                   X.rows(), n_in(), sums, ld);
  for (std::size_t i = 0; i < X.rows(); ++i) finish(sums + i * ld, out.row(i));
}

template <class Index>
void DenseLayer::forward(CsrView<float, Index> X, MatrixView<float> out,
                         Workspace& workspace) const {
  for (std::size_t i = 0; i < X.rows(); ++i) {
    if (narrow()) {
      multiply_narrow(narrow_, n_out(), out.row(i), [&](const auto& add) {
        for (std::size_t k = 0; k < X.values(i).size(); ++k) {
          add(static_cast<std::size_t>(X.indices(i)[k]), X.values(i)[k]);
        }
      });
      finish(out.row(i), out.row(i));
    } else {
      forward_row(X.values(i), X.indices(i), out.row(i), workspace);
    }
  }
}

template void DenseLayer::forward(CsrView<float, std::int32_t>, MatrixView<float>,
                                  Workspace&) const;
template void DenseLayer::forward(CsrView<float, std::int64_t>, MatrixView<float>,
                                  Workspace&) const;

// Sums run over the inputs in order in one accumulator (see GemmKernels), and products with zeros
// change none of them: so the weights of the row's columns, copied side by side, give the same
// bits.
template <class Index>
void DenseLayer::forward_row(std::span<const float> values, std::span<const Index> indices,
                             float* y, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::size_t n_panels = weight_.n_panels();
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
  finish(sums, y);
}

void DenseLayer::finish(const float* sums, float* y) const {
  for (std::size_t j = 0; j < n_out(); ++j) {
    const float z = sums[j] + bias_[j];
    y[j] = activation_.relu && z < 0 ? 0.0F : z;
  }
  if (activation_.rest != nullptr) activation_.rest(y, n_out());
}

}  // namespace slimline
