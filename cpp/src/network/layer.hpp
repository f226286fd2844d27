// One dense layer in training. Its weights, their gradient and the optimizer's moments are stored
// in the panels of the float32 products, [n_out/16][n_in][16], so that the forward pass needs no
// packing; optimizers work in any order. The last panel is padded with zeros, which stay zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/table.hpp"
#include "network/batch.hpp"
#include "network/int8.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

// A step of either optimizer, and what follows it.
struct OptimizerStep {
  bool adam;
  kernels::AdamStep adam_step;
  kernels::MomentumStep momentum_step;
  float shrink;  // of "sgd": 1 less the decoupled weight decay
  float l1;      // step size times l1
};

// Values trained together, with what the optimizer keeps for each.
struct Parameters {
  Parameters(std::size_t size, bool adam)
      : value(size), gradient(size), mean(size), square(adam ? size : 0) {}
  AlignedBuffer<float> value;
  AlignedBuffer<float> gradient;
  AlignedBuffer<float> mean;
  AlignedBuffer<float> square;
  void step(const OptimizerStep& s, std::size_t begin, std::size_t end);
};

class TrainedLayer {
 public:
  TrainedLayer(std::size_t n_in, const std::string& activation, std::size_t n_out, bool adam);

  std::size_t n_in() const { return n_in_; }
  std::size_t n_out() const { return n_out_; }
  std::size_t n_panels() const { return n_panels_; }
  // Columns of a row of outputs, padding included.
  std::size_t width() const { return n_panels_ * kernels::kPanel; }

  void set(MatrixView<const float> weight, std::span<const float> bias);
  void get(MatrixView<float> weight, std::span<float> bias) const;
  void get_gradient(MatrixView<float> weight, std::span<float> bias) const;
  void set_mask(MatrixView<const std::uint8_t> keep);
  // What the optimizer keeps for weights and biases, in the order of the panels.
  std::size_t n_moments() const;
  void append_moments(std::vector<float>& moments) const;
  void set_moments(std::span<const float> moments);
  void set_int8(const Int8Training& options);
  bool is_int8() const { return int8_ != nullptr; }
  void get_int8(MatrixView<std::int8_t> weight, const Int8Parts& parts);
  double squared_norm() const;
  bool is_finite() const;

  // Before forward() while training: ranges of int8 inputs follow these.
  void observe(MatrixView<const float> a);
  // z = a W' + b and out = activation(z), both of `width()` columns.
  void forward(MatrixView<const float> a, MatrixView<float> z, MatrixView<float> out,
               int n_threads);
  void forward(const Batch& a, MatrixView<float> z, MatrixView<float> out, int n_threads) const;
  // slopes *= activation'(z)
  void multiply_slope(MatrixView<const float> z, MatrixView<const float> out,
                      MatrixView<float> slopes) const;
  // From the slopes of z, whose padding is zero, to the gradient; a is what forward() took.
  void backward(MatrixView<const float> a, MatrixView<const float> slopes, int n_threads);
  void backward(const Batch& a, MatrixView<const float> slopes, int n_threads);
  // The same, each row times its share, added up in double.
  void backward_wide(MatrixView<const float> a, MatrixView<const float> slopes,
                     std::span<const double> shares, int n_threads);
  void backward_wide(const Batch& a, MatrixView<const float> slopes, std::span<const double> shares,
                     int n_threads);
  // before = slopes W; a is what forward() took.
  void input_slopes(MatrixView<const float> a, MatrixView<const float> slopes,
                    MatrixView<float> before, int n_threads);

  void step(const OptimizerStep& weight_step, const OptimizerStep& bias_step, int n_threads);

 private:
  // visit(buffer) for each of the optimizer's.
  template <class Self, class Visit>
  static void each_moment(Self& self, const Visit& visit) {
    for (auto* parameters : {&self.weight_, &self.bias_}) {
      visit(parameters->mean);
      visit(parameters->square);
    }
  }
  void add_bias(MatrixView<float> z, std::size_t begin, std::size_t end, std::size_t first,
                std::size_t last) const;
  void activate(MatrixView<const float> z, MatrixView<float> out, std::size_t begin,
                std::size_t end, std::size_t first, std::size_t last) const;
  void bias_gradient(MatrixView<const float> slopes);
  void bias_gradient_wide(MatrixView<const float> slopes, std::span<const double> shares);
  void pack_slopes(MatrixView<const float> slopes);
  void pack_transposed();

  std::size_t n_in_;
  std::size_t n_out_;
  std::size_t n_panels_;
  Parameters weight_;
  Parameters bias_;
  AlignedBuffer<float> mask_;        // 0 or 1 for every weight, or empty
  AlignedBuffer<float> slopes_;      // [n_out/16][rows][16]
  AlignedBuffer<float> transposed_;  // [n_in/16][n_out][16]
  ActivationFunction activation_;
  ActivationGradient slope_;
  std::unique_ptr<Int8Twin> int8_;  // where the layer trains as int8
};

}  // namespace slimline
