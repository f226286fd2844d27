// Packing of weights into panels, and the proof that lets int8 products add two quads in int16.
#include <algorithm>
#include <string>

#include "core/parallel.hpp"
#include "kernels/table.hpp"
#include "slimline/error.hpp"
#include "slimline/gemm.hpp"

namespace slimline {
namespace {

using kernels::kBlockPairs;
using kernels::kPanel;

constexpr std::size_t kPairBytes = 2 * kPanel * 4;
constexpr std::size_t kHalfPanel = kPanel / 2;

std::size_t panel_count(std::size_t cols) { return chunk_count(cols, kPanel); }

// Whether 127 times the positive, and the negative, weights in each int16 lane of a pair of `width`
// columns stay within int16.
bool fits_int16(const std::int8_t* pair, std::size_t width) {
  constexpr int kLargestSum = 32767 / 127;
  for (std::size_t lane = 0; lane < width * 4; lane += 2) {
    int positive = 0;
    int negative = 0;
    for (const std::size_t i : {lane, lane + 1, lane + width * 4, lane + width * 4 + 1}) {
      positive += std::max<int>(pair[i], 0);
      negative -= std::min<int>(pair[i], 0);
    }
    if (std::max(positive, negative) > kLargestSum) return false;
  }
  return true;
}

}  // namespace

PackedInt8::PackedInt8(const std::int8_t* B, std::size_t rows, std::size_t cols,
                       std::size_t row_stride, std::size_t col_stride)
    : rows_(rows), cols_(cols) {
  require(rows <= kMaxDepthU7, "B must have at most " + std::to_string(kMaxDepthU7) +
                                   " rows, beyond which int32 sums could overflow, got " +
                                   std::to_string(rows));
  const std::size_t n_pairs = depth() / 8;
  data_ = AlignedBuffer<std::int8_t>((2 * n_panels() - (half_last() ? 1 : 0)) * n_pairs *
                                     (kPairBytes / 2));
  column_sums_ = AlignedBuffer<std::int32_t>(n_panels() * kPanel);
  pairs_.resize(n_panels() * n_pairs);
  proven_.resize(n_panels() * chunk_count(n_pairs, kBlockPairs));
  for (std::size_t p = 0; p < n_panels(); ++p) {
    pack_panel(p, B, row_stride, col_stride);
    prove_panel(p);
  }
}

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
      const std::int8_t value = B[k * row_stride + (first + j) * col_stride];
      in_range &= value != -128;
      quad[4 * j] = value;
      column_sums_[first + j] += value;
    }
  }
  require(in_range, "B must lie in [-127, 127], got -128");
}

void PackedInt8::prove_panel(std::size_t panel) {
  const std::size_t n_pairs = depth() / 8;
  const std::size_t n_blocks = chunk_count(n_pairs, kBlockPairs);
  const std::int8_t* data = data_.data() + panel * n_pairs * kPairBytes;
  const std::size_t width = panel_width(panel);
  for (std::size_t block = 0; block < n_blocks; ++block) {
    const std::size_t begin = block * kBlockPairs;
    const std::size_t size = std::min(kBlockPairs, n_pairs - begin);
    std::uint8_t* pairs = pairs_.data() + panel * n_pairs + begin;
    for (std::size_t i = 0; i < size; ++i) pairs[i] = static_cast<std::uint8_t>(i);
    const auto* unproven = std::stable_partition(pairs, pairs + size, [&](std::uint8_t pair) {
      return fits_int16(data + (begin + pair) * 8 * width, width);
    });
    proven_[panel * n_blocks + block] = static_cast<std::uint8_t>(unproven - pairs);
  }
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
  const std::size_t n_pairs = depth() / 8;
  return {.b = data_.data() + begin * n_pairs * kPairBytes,
          .pairs = pairs_.data() + begin * n_pairs,
          .proven = proven_.data() + begin * chunk_count(n_pairs, kBlockPairs),
          .n_panels = end - begin,
          .quads = 2 * n_pairs,
          .half_last = half_last() && end == n_panels()};
}

PackedFloat::PackedFloat(const float* B, std::size_t rows, std::size_t cols, std::size_t row_stride,
                         std::size_t col_stride)
    : rows_(rows), cols_(cols), data_(panel_count(cols) * rows * kPanel) {
  for (std::size_t j = 0; j < cols; ++j) {
    float* column = data_.data() + (j / kPanel) * rows * kPanel + j % kPanel;
    for (std::size_t k = 0; k < rows; ++k) {
      column[k * kPanel] = B[k * row_stride + j * col_stride];
    }
  }
}

std::size_t PackedFloat::n_panels() const { return panel_count(cols_); }

}  // namespace slimline
