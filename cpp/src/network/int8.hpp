// A layer in training, computed as the int8 layer that it will become. Weights and inputs are
// rounded to the integers of Int8Layer (ranges per row) or Int8StaticLayer (ranges per input), and
// the products are those of these integers. Gradients pass through the rounding unchanged, except
// where an input lay outside its range (the straight-through estimator: Bengio et al., arXiv
// 1308.3432; Jacob et al., CVPR 2018).
//
// The integers are stored as float32, which holds sums over kExactDepth of them exactly; longer
// sums are added in int32. So z has the bits of the int8 layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/network.hpp"

namespace slimline {

class Int8Twin {
 public:
  Int8Twin(std::size_t n_in, std::size_t n_out, const Int8Training& options);

  // Ranges follow those of batches by a moving average; the first batch sets them.
  void observe(MatrixView<const float> a);
  // From panels of weights and biases to integers, scales and offsets.
  void take_weights(const float* panels, const float* bias);
  // z: all columns of the panels.
  void forward(MatrixView<const float> a, MatrixView<float> z, int n_threads);
  // Of the last forward(): what the integers stand for, inputs and panels of weights.
  MatrixView<const float> inputs() const { return inputs_; }
  const float* weights() const { return weights_.data(); }
  // Sets gradients of inputs that lay outside their range to zero.
  void clip(MatrixView<const float> a, MatrixView<float> slopes) const;

  void get(MatrixView<std::int8_t> weight, const Int8Parts& parts) const;

 private:
  void set_steps();
  void quantize_row(const float* a, std::size_t i);
  void sum_panel(std::size_t panel, std::size_t rows, float* sums, std::int32_t* totals) const;

  std::size_t n_in_;
  std::size_t n_out_;
  std::size_t n_panels_;
  bool is_static_;
  bool fixed_ranges_;
  bool seen_;
  std::vector<float> low_;  // of static inputs: where levels begin, and how far apart they are
  std::vector<float> high_;
  std::vector<float> step_;
  std::vector<float> inverse_;     // 1 / step
  std::vector<float> reach_;       // what a level is worth to the weights
  std::vector<float> shift_;       // levels below zero: an input is worth reach (q + shift)
  AlignedBuffer<float> integers_;  // of weights, in panels
  AlignedBuffer<float> weights_;   // what they stand for
  AlignedBuffer<float> scale_;     // of an output
  AlignedBuffer<float> offset_;
  AlignedBuffer<float> levels_;  // of inputs, (rows, n_in)
  std::vector<float> row_scale_;
  std::vector<std::uint8_t> bytes_;
  AlignedBuffer<float> values_;  // what the levels stand for
  MatrixView<const float> inputs_;
};

}  // namespace slimline
