#include "network/layer.hpp"

#include <algorithm>
#include <cmath>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "network/share.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using kernels::kPanel;

// Weights a chunk of an optimizer's step.
constexpr std::size_t kStepChunk = 8192;

// Room for `size` values, kept from batch to batch.
void reserve(AlignedBuffer<float>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer = AlignedBuffer<float>(size);
}

// Towards zero by `amount`, not beyond, and then to +0; NaN stays NaN.
float shrunk(float w, float amount) {
  return std::copysign(std::max(std::abs(w) - amount, 0.0F), w) + 0.0F;
}

}  // namespace

void Parameters::step(const OptimizerStep& s, std::size_t begin, std::size_t end) {
  const auto& optimizer = kernels::active_table().optimizer;
  float* w = value.data();
  if (s.adam) {
    optimizer.adam(s.adam_step, end - begin, gradient.data() + begin, mean.data() + begin,
                   square.data() + begin, w + begin);
  } else {
    if (s.shrink != 1) {
      for (std::size_t i = begin; i < end; ++i) w[i] *= s.shrink;
    }
    optimizer.momentum(s.momentum_step, end - begin, gradient.data() + begin, mean.data() + begin,
                       w + begin);
  }
  if (s.l1 > 0) {
    for (std::size_t i = begin; i < end; ++i) w[i] = shrunk(w[i], s.l1);
  }
}

TrainedLayer::TrainedLayer(std::size_t n_in, const std::string& activation, std::size_t n_out,
                           bool adam)
    : n_in_(n_in),
      n_out_(n_out),
      n_panels_(chunk_count(n_out, kPanel)),
      weight_(n_panels_ * n_in * kPanel, adam),
      bias_(n_panels_ * kPanel, adam),
      activation_(make_activation(activation)),
      slope_(make_activation_gradient(activation)) {}

namespace {

// Between (n_out, n_in) and panels: move(weight(j, k), place in the panels) for all j, k.
template <class Matrix, class Move>
void for_each_weight(Matrix weight, const Move& move) {
  for (std::size_t j = 0; j < weight.rows(); ++j) {
    const std::size_t start = (j / kPanel) * weight.cols() * kPanel + j % kPanel;
    for (std::size_t k = 0; k < weight.cols(); ++k) move(weight(j, k), start + k * kPanel);
  }
}

}  // namespace

void TrainedLayer::set(MatrixView<const float> weight, std::span<const float> bias) {
  for_each_weight(weight, [&](float w, std::size_t i) { weight_.value[i] = w; });
  std::copy(bias.begin(), bias.end(), bias_.value.data());
}

void TrainedLayer::get(MatrixView<float> weight, std::span<float> bias) const {
  for_each_weight(weight, [&](float& w, std::size_t i) { w = weight_.value[i]; });
  std::copy_n(bias_.value.data(), bias.size(), bias.begin());
}

void TrainedLayer::get_gradient(MatrixView<float> weight, std::span<float> bias) const {
  for_each_weight(weight, [&](float& w, std::size_t i) { w = weight_.gradient[i]; });
  std::copy_n(bias_.gradient.data(), bias.size(), bias.begin());
}

void TrainedLayer::set_mask(MatrixView<const std::uint8_t> keep) {
  mask_ = AlignedBuffer<float>(weight_.value.size());
  for_each_weight(keep, [&](std::uint8_t kept, std::size_t i) {
    mask_[i] = kept != 0 ? 1.0F : 0.0F;
    weight_.value[i] = kept != 0 ? weight_.value[i] : 0.0F;
  });
}

double TrainedLayer::squared_norm() const {
  const float* w = weight_.value.data();
  return static_cast<double>(kernels::active_table().f32.dot(w, w, weight_.value.size()));
}

bool TrainedLayer::is_finite() const {
  const auto finite = [](float v) { return std::isfinite(v); };
  return std::all_of(weight_.value.span().begin(), weight_.value.span().end(), finite) &&
         std::all_of(bias_.value.span().begin(), bias_.value.span().end(), finite);
}

void TrainedLayer::add_bias(MatrixView<float> z, std::size_t begin, std::size_t end,
                            std::size_t first, std::size_t last) const {
  const float* bias = bias_.value.data() + first * kPanel;
  for (std::size_t i = begin; i < end; ++i) {
    float* zi = z.row(i) + first * kPanel;
    for (std::size_t j = 0; j < (last - first) * kPanel; ++j) zi[j] += bias[j];
  }
}

void TrainedLayer::activate(MatrixView<const float> z, MatrixView<float> out, std::size_t begin,
                            std::size_t end, std::size_t first, std::size_t last) const {
  const std::size_t n = (last - first) * kPanel;
  for (std::size_t i = begin; i < end; ++i) {
    float* to = out.row(i) + first * kPanel;
    std::copy_n(z.row(i) + first * kPanel, n, to);
    activation_(to, n);
  }
}

void TrainedLayer::set_int8(const Int8Training& options) {
  int8_ = std::make_unique<Int8Twin>(n_in_, n_out_, options);
}

void TrainedLayer::get_int8(MatrixView<std::int8_t> weight, const Int8Parts& parts) {
  int8_->take_weights(weight_.value.data(), bias_.value.data());
  int8_->get(weight, parts);
}

void TrainedLayer::observe(MatrixView<const float> a) {
  if (int8_) int8_->observe(a);
}

void TrainedLayer::forward(MatrixView<const float> a, MatrixView<float> z, MatrixView<float> out,
                           int n_threads) {
  if (int8_) {
    int8_->take_weights(weight_.value.data(), bias_.value.data());
    int8_->forward(a, z, n_threads);
    activate(z, out, 0, a.rows(), 0, n_panels_);
    return;
  }
  const auto multiply = kernels::active_table().gemm.f32;
  share_products(a.rows(), n_panels_, n_in_, n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
                   multiply(a.row(begin), a.stride(), weight_.value.data() + first * n_in_ * kPanel,
                            last - first, end - begin, n_in_, z.row(begin) + first * kPanel,
                            z.stride());
                   add_bias(z, begin, end, first, last);
                   activate(z, out, begin, end, first, last);
                 });
}

void TrainedLayer::forward(const Batch& a, MatrixView<float> z, MatrixView<float> out,
                           int n_threads) const {
  share_products(a.rows(), n_panels_, 1 + n_in_ / kPanel, n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
                   for (std::size_t p = first; p < last; ++p) {
                     const float* panel = weight_.value.data() + p * n_in_ * kPanel;
                     for (std::size_t i = begin; i < end; ++i) {
                       const SparseRow row = a.row(i);
                       float sums[kPanel] = {};
                       for (std::size_t k = 0; k < row.size; ++k) {
                         const float* w = panel + static_cast<std::size_t>(row.indices[k]) * kPanel;
                         for (std::size_t j = 0; j < kPanel; ++j) sums[j] += row.values[k] * w[j];
                       }
                       std::copy_n(sums, kPanel, z.row(i) + p * kPanel);
                     }
                   }
                   add_bias(z, begin, end, first, last);
                   activate(z, out, begin, end, first, last);
                 });
}

void TrainedLayer::multiply_slope(MatrixView<const float> z, MatrixView<const float> out,
                                  MatrixView<float> slopes) const {
  for (std::size_t i = 0; i < slopes.rows(); ++i) {
    check_interrupt_at(i);
    slope_(z.row(i), out.row(i), slopes.row(i), width());
  }
}

void TrainedLayer::bias_gradient(MatrixView<const float> slopes) {
  float* gradient = bias_.gradient.data();
  std::fill_n(gradient, width(), 0.0F);
  for (std::size_t i = 0; i < slopes.rows(); ++i) {
    check_interrupt_at(i);
    const float* row = slopes.row(i);
    for (std::size_t j = 0; j < width(); ++j) gradient[j] += row[j];
  }
}

void TrainedLayer::pack_slopes(MatrixView<const float> slopes) {
  reserve(slopes_, width() * slopes.rows());
  for (std::size_t p = 0; p < n_panels_; ++p) {
    check_interrupt();
    float* panel = slopes_.data() + p * slopes.rows() * kPanel;
    for (std::size_t i = 0; i < slopes.rows(); ++i) {
      std::copy_n(slopes.row(i) + p * kPanel, kPanel, panel + i * kPanel);
    }
  }
}

void TrainedLayer::backward(MatrixView<const float> a, MatrixView<const float> slopes,
                            int n_threads) {
  if (int8_) a = int8_->inputs();
  bias_gradient(slopes);
  pack_slopes(slopes);
  const auto multiply = kernels::active_table().gemm.f32_at;
  const std::size_t rows = a.rows();
  share_products(n_in_, n_panels_, rows, n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
                   for (std::size_t p = first; p < last; ++p) {
                     multiply(a.data() + begin, a.stride(), slopes_.data() + p * rows * kPanel, 1,
                              end - begin, rows,
                              weight_.gradient.data() + (p * n_in_ + begin) * kPanel, kPanel);
                   }
                 });
}

void TrainedLayer::backward(const Batch& a, MatrixView<const float> slopes, int n_threads) {
  bias_gradient(slopes);
  parallel_for(n_panels_, 1, n_threads, [&](std::size_t p, std::size_t, std::size_t) {
    float* panel = weight_.gradient.data() + p * n_in_ * kPanel;
    std::fill_n(panel, n_in_ * kPanel, 0.0F);
    for (std::size_t i = 0; i < a.rows(); ++i) {
      check_interrupt_at(i);
      const SparseRow row = a.row(i);
      const float* slope = slopes.row(i) + p * kPanel;
      for (std::size_t k = 0; k < row.size; ++k) {
        float* g = panel + static_cast<std::size_t>(row.indices[k]) * kPanel;
        for (std::size_t j = 0; j < kPanel; ++j) g[j] += row.values[k] * slope[j];
      }
    }
  });
}

void TrainedLayer::pack_transposed() {
  const float* weights = int8_ ? int8_->weights() : weight_.value.data();
  reserve(transposed_, chunk_count(n_in_, kPanel) * n_out_ * kPanel);
  for (std::size_t q = 0; q < n_in_; q += kPanel) {
    check_interrupt();
    const std::size_t n = std::min(kPanel, n_in_ - q);
    for (std::size_t j = 0; j < n_out_; ++j) {
      const float* from = weights + ((j / kPanel) * n_in_ + q) * kPanel + j % kPanel;
      float* to = transposed_.data() + q * n_out_ + j * kPanel;
      for (std::size_t k = 0; k < n; ++k) to[k] = from[k * kPanel];
    }
  }
}

void TrainedLayer::input_slopes(MatrixView<const float> a, MatrixView<const float> slopes,
                                MatrixView<float> before, int n_threads) {
  pack_transposed();
  const auto multiply = kernels::active_table().gemm.f32;
  share_products(slopes.rows(), chunk_count(n_in_, kPanel), n_out_, n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t first, std::size_t last) {
                   multiply(slopes.row(begin), slopes.stride(),
                            transposed_.data() + first * n_out_ * kPanel, last - first, end - begin,
                            n_out_, before.row(begin) + first * kPanel, before.stride());
                 });
  if (int8_) int8_->clip(a, before);
}

void TrainedLayer::step(const OptimizerStep& weight_step, const OptimizerStep& bias_step,
                        int n_threads) {
  const std::size_t size = weight_.value.size();
  parallel_for(size, kStepChunk, size < 4 * kStepChunk ? 1 : n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 weight_.step(weight_step, begin, end);
                 if (mask_.size() == 0) return;
                 for (std::size_t i = begin; i < end; ++i) weight_.value[i] *= mask_[i];
               });
  bias_.step(bias_step, 0, bias_.value.size());
}

}  // namespace slimline
