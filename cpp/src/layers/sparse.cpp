#include "slimline/layers/sparse.hpp"

#include <algorithm>

#include "core/workspace.hpp"
#include "kernels/dispatch.hpp"
#include "layers/row_blocks.hpp"
#include "slimline/error.hpp"

namespace slimline {

using kernels::kSparseRows;

namespace {

// From this many inputs on, those that no weight reads get no room in memory: a batch of 64 rows
// of fewer takes at most 16 MB.
constexpr std::size_t kManyInputs = std::size_t{1} << 16U;

const kernels::SparseFloatKernels& float_kernels(std::size_t unit) {
  const kernels::SparseKernels& sparse = kernels::active_table().sparse;
  return unit == 1 ? sparse.f32 : sparse.f32_blocks;
}

}  // namespace

SparseLayer::SparseLayer(SparseRowsView<float> weight, std::span<const float> bias,
                         const std::string& activation)
    : n_in_(weight.n_in),
      weight_(weight),
      bias_(bias.begin(), bias.end()),
      activation_(make_activation(activation)) {
  require(bias.size() == n_out(), "bias must have one entry for each row of weight");
  skip_unread_inputs();
}

SparseLayer::SparseLayer(const KeptUnits<float>& weight, std::size_t unit,
                         std::span<const float> bias, const std::string& activation)
    : n_in_(weight.n_in),
      weight_(weight, unit),
      bias_(bias.begin(), bias.end()),
      activation_(make_activation(activation)) {
  require(bias.size() == n_out(), "bias must have one entry for each row of weight");
  skip_unread_inputs();
}

void SparseLayer::skip_unread_inputs() {
  if (n_in_ > kManyInputs) read_ = weight_.renumber();
}

void SparseLayer::forward(MatrixView<const float> X, MatrixView<float> out,
                          Workspace& workspace) const {
  if (n_in_ <= kManyInputs) {
    forward_read(X, out, workspace);
    return;
  }
  const Workspace::Scope scope(workspace);
  const auto read = workspace.take_matrix<float>(X.rows(), weight_.n_in());
  for (std::size_t i = 0; i < X.rows(); ++i) gather(X.row(i), read.row(i));
  forward_read(read, out, workspace);
}

template <class Index>
void SparseLayer::forward(CsrView<float, Index> X, MatrixView<float> out,
                          Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const auto read = workspace.take_matrix<float>(X.rows(), weight_.n_in());
  std::fill_n(read.data(), read.rows() * read.cols(), 0.0F);
  for (std::size_t i = 0; i < X.rows(); ++i) scatter(X.values(i), X.indices(i), read.row(i));
  forward_read(read, out, workspace);
}

template void SparseLayer::forward(CsrView<float, std::int32_t>, MatrixView<float>,
                                   Workspace&) const;
template void SparseLayer::forward(CsrView<float, std::int64_t>, MatrixView<float>,
                                   Workspace&) const;

// The inputs that are read of a dense row; zeros where a last block ends behind the row.
void SparseLayer::gather(const float* x, float* read) const {
  const std::size_t unit = weight_.unit();
  for (const std::int32_t number : read_) {
    const std::size_t begin = static_cast<std::size_t>(number) * unit;
    const std::size_t n = std::min(unit, n_in_ - begin);
    read = std::fill_n(std::copy_n(x + begin, n, read), unit - n, 0.0F);
  }
}

// The same of a sparse row, onto zeros.
template <class Index>
void SparseLayer::scatter(std::span<const float> values, std::span<const Index> indices,
                          float* read) const {
  const std::size_t unit = weight_.unit();
  for (std::size_t k = 0; k < values.size(); ++k) {
    const auto column = static_cast<std::size_t>(indices[k]);
    if (n_in_ <= kManyInputs) {
      read[column] += values[k];
      continue;
    }
    const auto number = static_cast<std::int32_t>(column / unit);
    const auto found = std::lower_bound(read_.begin(), read_.end(), number);
    if (found == read_.end() || *found != number) continue;
    read[static_cast<std::size_t>(found - read_.begin()) * unit + column % unit] += values[k];
  }
}

void SparseLayer::forward_read(MatrixView<const float> X, MatrixView<float> out,
                               Workspace& workspace) const {
  for_row_blocks(
      X.rows(),
      [&](std::size_t begin, std::size_t end) {
        forward_block(X.slice(begin, end), out.slice(begin, end), workspace);
      },
      [&](std::size_t i) { forward_row(X.row(i), out.row(i), workspace); });
  for (std::size_t i = 0; i < X.rows(); ++i) {
    float* y = out.row(i);
    for (std::size_t o = 0; o < n_out(); ++o) y[o] += bias_[o];
    activation_(y, n_out());
  }
}

// Up to kSparseRows rows at once, transposed so that each weight meets all of them in registers.
void SparseLayer::forward_block(MatrixView<const float> X, MatrixView<float> out,
                                Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::size_t n_read = weight_.n_in();
  auto* xt = workspace.take<float>(weight_.width(), kSparseRows);
  kernels::active_table().sparse.transpose(X.data(), X.stride() * sizeof(float), X.rows(), n_read,
                                           xt);
  std::fill(xt + n_read * kSparseRows, xt + weight_.width() * kSparseRows, 0.0F);
  const auto& kernel = float_kernels(weight_.unit());
  if (X.rows() == kSparseRows) {
    kernel.rows(weight_.view(), xt, out.data(), out.stride());
    return;
  }
  auto* sums = workspace.take<float>(kSparseRows, n_out());
  kernel.rows(weight_.view(), xt, sums, n_out());
  for (std::size_t r = 0; r < X.rows(); ++r) std::copy_n(sums + r * n_out(), n_out(), out.row(r));
}

void SparseLayer::forward_row(const float* x, float* y, Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  const std::size_t width = weight_.width();
  if (weight_.n_in() < width) {
    auto* wide = workspace.take<float>(width);
    std::fill(std::copy_n(x, weight_.n_in(), wide), wide + width, 0.0F);
    x = wide;
  }
  float_kernels(weight_.unit()).row(weight_.view(), x, y);
}

}  // namespace slimline
