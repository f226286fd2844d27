#include "network/int8.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

constexpr float kLevels = 127.0F;
// Products of two integers up to 127 that float32 adds up without rounding: 1024 x 127^2 < 2^24.
constexpr std::size_t kExactDepth = 1024;
// Share of a batch in the moving average of ranges.
constexpr float kPace = 0.02F;

// Rounds half to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for the fraction.
float round_even(float x) {
  constexpr float kShift = 12582912.0F;
  return (x + kShift) - kShift;
}

float clamped(float x, float low, float high) { return std::min(std::max(x, low), high); }

}  // namespace

Int8Twin::Int8Twin(std::size_t n_in, std::size_t n_out, const Int8Training& options)
    : n_in_(n_in),
      n_out_(n_out),
      n_panels_(chunk_count(n_out, kPanel)),
      is_static_(options.is_static),
      fixed_ranges_(options.is_fixed),
      seen_(!options.low.empty()),
      low_(options.low),
      high_(n_in),
      step_(options.step),
      inverse_(n_in, 1.0F),
      reach_(options.reach),
      shift_(options.shift),
      integers_(n_panels_ * n_in * kPanel),
      weights_(n_panels_ * n_in * kPanel),
      scale_(n_panels_ * kPanel),
      offset_(n_panels_ * kPanel) {
  if (!seen_) {
    low_.assign(n_in, 0.0F);
    step_.assign(n_in, 1.0F);
    reach_.assign(n_in, 1.0F);
    shift_.assign(n_in, 0.0F);
  }
  for (std::size_t k = 0; k < n_in; ++k) {
    inverse_[k] = 1.0F / step_[k];
    high_[k] = low_[k] + kLevels * step_[k];
  }
}

void Int8Twin::observe(MatrixView<const float> a) {
  if (!is_static_ || fixed_ranges_ || a.rows() == 0) return;
  std::vector<float> low(a.row(0), a.row(0) + n_in_);
  std::vector<float> high = low;
  for (std::size_t i = 1; i < a.rows(); ++i) {
    check_interrupt_at(i);
    const float* row = a.row(i);
    for (std::size_t k = 0; k < n_in_; ++k) {
      low[k] = std::min(low[k], row[k]);
      high[k] = std::max(high[k], row[k]);
    }
  }
  const float pace = seen_ ? kPace : 1.0F;
  for (std::size_t k = 0; k < n_in_; ++k) {
    low_[k] += pace * (low[k] - low_[k]);
    high_[k] += pace * (high[k] - high_[k]);
  }
  seen_ = true;
  set_steps();
}

// An input that never changed gets the mean range of the others.
void Int8Twin::set_steps() {
  double total = 0;
  std::size_t n = 0;
  for (std::size_t k = 0; k < n_in_; ++k) {
    if (!(high_[k] > low_[k])) continue;
    total += static_cast<double>(high_[k]) - static_cast<double>(low_[k]);
    ++n;
  }
  const float usual = n == 0 ? kLevels : static_cast<float>(total / static_cast<double>(n));
  for (std::size_t k = 0; k < n_in_; ++k) {
    const float width = high_[k] > low_[k] ? high_[k] - low_[k] : usual;
    step_[k] = std::max(width / kLevels, FLT_MIN);
    inverse_[k] = 1.0F / step_[k];
    reach_[k] = step_[k];
    shift_[k] = low_[k] / step_[k];
  }
}

void Int8Twin::take_weights(const float* panels, const float* bias) {
  for (std::size_t p = 0; p < n_panels_; ++p) {
    const float* w = panels + p * n_in_ * kPanel;
    check_interrupt();
    float* integers = integers_.data() + p * n_in_ * kPanel;
    float* weights = weights_.data() + p * n_in_ * kPanel;
    float* scale = scale_.data() + p * kPanel;
    float largest[kPanel] = {};
    for (std::size_t k = 0; k < n_in_; ++k) {
      for (std::size_t j = 0; j < kPanel; ++j) {
        largest[j] = std::max(largest[j], std::abs(w[k * kPanel + j] * reach_[k]));
      }
    }
    for (std::size_t j = 0; j < kPanel; ++j) {
      scale[j] = largest[j] == 0 ? 1.0F : std::max(largest[j] / kLevels, FLT_MIN);
    }
    double shifted[kPanel] = {};
    for (std::size_t k = 0; k < n_in_; ++k) {
      for (std::size_t j = 0; j < kPanel; ++j) {
        const std::size_t at = k * kPanel + j;
        integers[at] = clamped(round_even(w[at] * reach_[k] / scale[j]), -kLevels, kLevels);
        weights[at] = integers[at] * scale[j] / reach_[k];
        shifted[j] += static_cast<double>(integers[at]) * static_cast<double>(shift_[k]);
      }
    }
    for (std::size_t j = 0; j < kPanel; ++j) {
      const double offset =
          static_cast<double>(bias[p * kPanel + j]) + static_cast<double>(scale[j]) * shifted[j];
      offset_[p * kPanel + j] = static_cast<float>(offset);
    }
  }
}

void Int8Twin::quantize_row(const float* a, std::size_t i) {
  float* q = levels_.data() + i * n_in_;
  float* x = values_.data() + i * n_in_;
  if (is_static_) {
    row_scale_[i] = 1.0F;
    for (std::size_t k = 0; k < n_in_; ++k) {
      q[k] = round_even(clamped((a[k] - low_[k]) * inverse_[k], 0.0F, kLevels));
      x[k] = reach_[k] * (q[k] + shift_[k]);
    }
    return;
  }
  std::uint8_t* bytes = bytes_.data() + i * n_in_;
  const auto row = kernels::active_table().quantize.quantize_row(a, n_in_, bytes);
  row_scale_[i] = row.scale;
  for (std::size_t k = 0; k < n_in_; ++k) {
    q[k] = static_cast<float>(static_cast<std::int32_t>(bytes[k]) - row.zero_point);
    x[k] = row.scale * q[k];
  }
}

// totals: (rows, kPanel) exact sums; sums: as much room.
void Int8Twin::sum_panel(std::size_t panel, std::size_t rows, float* sums,
                         std::int32_t* totals) const {
  const auto multiply = kernels::active_table().gemm.f32;
  std::fill_n(totals, rows * kPanel, 0);
  for (std::size_t k = 0; k < n_in_; k += kExactDepth) {
    check_interrupt();
    const std::size_t depth = std::min(kExactDepth, n_in_ - k);
    multiply(levels_.data() + k, n_in_, integers_.data() + (panel * n_in_ + k) * kPanel, 1, rows,
             depth, sums, kPanel);
    for (std::size_t i = 0; i < rows * kPanel; ++i) totals[i] += static_cast<std::int32_t>(sums[i]);
  }
}

void Int8Twin::forward(MatrixView<const float> a, MatrixView<float> z, int n_threads) {
  constexpr std::size_t kRowChunk = 16;
  const std::size_t rows = a.rows();
  if (row_scale_.size() < rows) {
    row_scale_.resize(rows);
    bytes_.resize(checked_product(rows, n_in_));
    levels_ = AlignedBuffer<float>(rows, n_in_);
    values_ = AlignedBuffer<float>(rows, n_in_);
  }
  parallel_for(rows, kRowChunk, n_threads, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) quantize_row(a.row(i), i);
  });
  inputs_ = {values_.data(), rows, n_in_};
  parallel_for(n_panels_, 1, n_threads, [&](std::size_t p, std::size_t, std::size_t) {
    AlignedBuffer<float> sums(rows, kPanel);
    AlignedBuffer<std::int32_t> totals(rows, kPanel);
    sum_panel(p, rows, sums.data(), totals.data());
    const float* scale = scale_.data() + p * kPanel;
    const float* offset = offset_.data() + p * kPanel;
    for (std::size_t i = 0; i < rows; ++i) {
      float* to = z.row(i) + p * kPanel;
      for (std::size_t j = 0; j < kPanel; ++j) {
        to[j] = static_cast<float>(totals[i * kPanel + j]) * (row_scale_[i] * scale[j]) + offset[j];
      }
    }
  });
}

void Int8Twin::clip(MatrixView<const float> a, MatrixView<float> slopes) const {
  if (!is_static_) return;
  for (std::size_t i = 0; i < slopes.rows(); ++i) {
    check_interrupt_at(i);
    const float* x = a.row(i);
    float* slope = slopes.row(i);
    for (std::size_t k = 0; k < n_in_; ++k) {
      const float level = (x[k] - low_[k]) * inverse_[k];
      slope[k] = level >= 0 && level <= kLevels ? slope[k] : 0.0F;
    }
  }
}

void Int8Twin::get(MatrixView<std::int8_t> weight, const Int8Parts& parts) const {
  for (std::size_t j = 0; j < n_out_; ++j) {
    const float* column = integers_.data() + (j / kPanel) * n_in_ * kPanel + j % kPanel;
    for (std::size_t k = 0; k < n_in_; ++k) {
      weight(j, k) = static_cast<std::int8_t>(column[k * kPanel]);
    }
  }
  std::copy_n(scale_.data(), n_out_, parts.scale.begin());
  std::copy_n(offset_.data(), n_out_, parts.offset.begin());
  std::copy(low_.begin(), low_.end(), parts.low.begin());
  std::copy(step_.begin(), step_.end(), parts.step.begin());
}

}  // namespace slimline
