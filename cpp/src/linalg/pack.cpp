// Packing of weights into panels.
#include <algorithm>
#include <numeric>
#include <string>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/table.hpp"
#include "linalg/couples.hpp"
#include "slimline/error.hpp"
#include "slimline/gemm.hpp"

namespace slimline {
namespace {

using kernels::kBlockQuads;
using kernels::kPanel;

constexpr std::size_t kQuadBytes = kPanel * 4;
constexpr std::size_t kHalfPanel = kPanel / 2;

std::size_t panel_count(std::size_t cols) { return chunk_count(cols, kPanel); }

}  // namespace

PackedInt8::PackedInt8(const std::int8_t* B, std::size_t rows, std::size_t cols,
                       std::size_t row_stride, std::size_t col_stride)
    : rows_(rows), cols_(cols) {
  reserve();
  for (std::size_t p = 0; p < n_panels(); ++p) {
    check_interrupt();
    pack_panel(p, B + p * kPanel * col_stride, row_stride, col_stride);
    couple_panel(p);
  }
}

// The weights of a panel's outputs are made whole, packed, and forgotten before the next panel's.
PackedInt8::PackedInt8(const KeptUnits<std::int8_t>& weight)
    : rows_(weight.n_in), cols_(weight.n_out) {
  check_units(weight);
  reserve();
  Matrix<std::int8_t> outputs(std::min(kPanel, cols_), rows_);
  std::size_t panel = 0;
  const auto pack_up_to = [&](std::size_t end) {
    for (; panel < end; ++panel) {
      pack_panel(panel, outputs.view().data(), 1, rows_);
      couple_panel(panel);
      std::fill_n(outputs.view().data(), outputs.rows() * outputs.cols(), std::int8_t{0});
    }
  };
  for_each_unit(weight, [&](std::size_t output, std::size_t unit, const std::int8_t* values) {
    pack_up_to(output / kPanel);
    const std::size_t begin = unit * weight.unit;
    std::copy_n(values, std::min(weight.unit, rows_ - begin), outputs.row(output % kPanel) + begin);
  });
  pack_up_to(n_panels());
}

void PackedInt8::reserve() {
  require(rows_ <= kMaxDepthU7, "B must have at most " + std::to_string(kMaxDepthU7) +
                                    " rows, beyond which int32 sums could overflow, got " +
                                    std::to_string(rows_));
  const std::size_t n_quads = depth() / 4;
  data_ = AlignedBuffer<std::int8_t>(
      checked_product(std::size_t{2}, n_panels()) - (half_last() ? 1 : 0), n_quads, kQuadBytes / 2);
  column_sums_ = AlignedBuffer<std::int32_t>(n_panels(), kPanel);
  order_.resize(checked_product(n_panels(), n_quads));
  couples_.resize(checked_product(n_panels(), chunk_count(n_quads, kBlockQuads)));
}

// B: the first column of the panel.

void PackedInt8::pack_panel(std::size_t panel, const std::int8_t* B, std::size_t row_stride,
                            std::size_t col_stride) {
  std::int8_t* data = data_.data() + panel * depth() * kPanel;
  const std::size_t first = panel * kPanel;
  const std::size_t width = std::min(kPanel, cols_ - first);
  const std::size_t quad_bytes = 4 * panel_width(panel);
  bool in_range = true;
  for (std::size_t k = 0; k < rows_; ++k) {
    std::int8_t* quad = data + (k / 4) * quad_bytes + k % 4;
    for (std::size_t j = 0; j < width; ++j) {
      const std::int8_t value = B[k * row_stride + j * col_stride];
      in_range &= value != -128;
      quad[4 * j] = value;
      column_sums_[first + j] += value;
    }
  }
  require(in_range, "B must lie in [-127, 127], got -128");
}

void PackedInt8::couple_panel(std::size_t panel) {
  const std::size_t n_quads = depth() / 4;
  const std::size_t n_blocks = chunk_count(n_quads, kBlockQuads);
  const std::size_t quad_bytes = 4 * panel_width(panel);
  for (std::size_t block = 0; block < n_blocks; ++block) {
    const std::size_t begin = block * kBlockQuads;
    const std::size_t n = std::min(kBlockQuads, n_quads - begin);
    std::int8_t* data = data_.data() + panel * n_quads * kQuadBytes + begin * quad_bytes;
    std::uint8_t* order = order_.data() + panel * n_quads + begin;
    couples_[panel * n_blocks + block] = find_couples(data, n, panel_width(panel), order);
    const std::vector<std::int8_t> as_given(data, data + n * quad_bytes);
    for (std::size_t q = 0; q < n; ++q) {
      std::copy_n(as_given.data() + order[q] * quad_bytes, quad_bytes, data + q * quad_bytes);
    }
  }
}

double PackedInt8::coupled() const {
  if (order_.empty()) return 0;
  const std::size_t couples = std::accumulate(couples_.begin(), couples_.end(), std::size_t{0});
  return 2.0 * static_cast<double>(couples) / static_cast<double>(order_.size());
}

std::size_t PackedInt8::n_panels() const { return panel_count(cols_); }

bool PackedInt8::half_last() const {
  const std::size_t last = cols_ % kPanel;
  return last > 0 && last <= kHalfPanel;
}

std::size_t PackedInt8::panel_width(std::size_t panel) const {
  return half_last() && panel + 1 == n_panels() ? kHalfPanel : kPanel;
}

kernels::Int8Panels PackedInt8::panels(std::size_t begin, std::size_t end) const {
  const std::size_t n_quads = depth() / 4;
  return {.b = data_.data() + begin * n_quads * kQuadBytes,
          .order = order_.data() + begin * n_quads,
          .couples = couples_.data() + begin * chunk_count(n_quads, kBlockQuads),
          .n_panels = end - begin,
          .quads = n_quads,
          .half_last = half_last() && end == n_panels()};
}

PackedFloat::PackedFloat(const float* B, std::size_t rows, std::size_t cols, std::size_t row_stride,
                         std::size_t col_stride)
    : rows_(rows), cols_(cols), data_(panel_count(cols), rows, kPanel) {
  for (std::size_t j = 0; j < cols; ++j) {
    check_interrupt_at(j);
    float* column = data_.data() + (j / kPanel) * rows * kPanel + j % kPanel;
    for (std::size_t k = 0; k < rows; ++k) {
      column[k * kPanel] = B[k * row_stride + j * col_stride];
    }
  }
}

PackedFloat::PackedFloat(const KeptUnits<float>& weight) : rows_(weight.n_in), cols_(weight.n_out) {
  check_units(weight);
  data_ = AlignedBuffer<float>(panel_count(cols_), rows_, kPanel);
  for_each_unit(weight, [&](std::size_t output, std::size_t unit, const float* values) {
    float* column = data_.data() + (output / kPanel) * rows_ * kPanel + output % kPanel;
    const std::size_t begin = unit * weight.unit;
    for (std::size_t k = begin; k < std::min(begin + weight.unit, rows_); ++k) {
      column[k * kPanel] = values[k - begin];
    }
  });
}

std::size_t PackedFloat::n_panels() const { return panel_count(cols_); }

}  // namespace slimline
