// A stack of dense layers, trained by stochastic gradient descent in float32.
//
//   a_0 = x,  z_l = a_{l-1} W_l' + b_l,  a_l = activation_l(z_l)
//
// minimises 1/S sum_i s_i loss(a_L(x_i), y_i) + l2/2 sum_l |W_l|^2, S = sum_i s_i, over
// mini-batches of rows in seeded random order. l1 shrinks weights towards zero after each step (its
// proximal operator: weights become exactly zero), weight_decay is decoupled (Loshchilov and
// Hutter, ICLR 2019), dropout drops hidden outputs and scales up the others. Biases are not
// penalised.
//
// Optimizers: "sgd" with momentum, plain or Nesterov's; "adam" (Kingma and Ba, ICLR 2015).
//
// Threads share a wide layer by its outputs, a narrow one by the rows of the batch. Every sum runs
// in one fixed order inside one thread, so that the result does not depend on their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/random.hpp"
#include "slimline/samples.hpp"

namespace slimline {

struct NetworkLayer {
  std::size_t n_out = 0;
  std::string activation;  // see activation_names()
};

struct NetworkOptions {
  std::string loss = "multinomial";   // see network_loss_names()
  std::string optimizer = "adam";     // "adam" or "sgd"
  std::string schedule = "constant";  // see schedule_names(); "optimal" needs l2 > 0
  double eta0 = 1e-3;                 // > 0
  double power_t = 0.5;
  double decay = 1e-3;
  std::size_t max_iter = 200;  // epochs after which schedule "linear" is at zero
  double l2 = 0;               // >= 0
  bool l2_per_batch = false;   // divide l2 by the summed sample weights of each batch
  double l1 = 0;               // >= 0
  double weight_decay = 0;     // >= 0
  double momentum = 0.9;       // [0, 1), of "sgd"
  bool nesterov = true;
  double beta_1 = 0.9;  // [0, 1), of "adam"
  double beta_2 = 0.999;
  double epsilon = 1e-8;         // > 0
  double loss_epsilon = 1;       // error beyond which huber is linear
  double dropout = 0;            // [0, 1)
  std::size_t batch_size = 200;  // 0: all rows
  // Sum gradients over the rows in double. Then the order of the rows, and giving a row twice
  // instead of a weight of two, practically never change a bit of the gradients. Slower: for few
  // rows.
  bool wide_sums = false;
  bool shuffle = true;  // visit the rows in a new order every epoch
  std::uint64_t seed = 0;
  int n_threads = 1;  // the result does not depend on it
};

// targets: (n_samples, n_outputs); for "multinomial" the probability of each class (0 and 1, or
// soft ones), for losses of margins -1 and 1, else values. sample_weight: >= 0, (n_samples).
struct NetworkTargets {
  MatrixView<const float> targets;
  std::span<const float> sample_weight;
};

// How a layer is trained as the int8 layer that it will become. `low` and `step` give the fixed
// range of every input, as Int8StaticLayer takes them; empty: ranges follow the batches. The
// weights multiply an input of level q as reach (q + shift): step and low / step, unless a
// standardisation lies between.
struct Int8Training {
  bool is_static = false;  // ranges per input, or else per row at run time
  bool is_fixed = false;
  std::vector<float> low;
  std::vector<float> step;
  std::vector<float> reach;
  std::vector<float> shift;
};

// Where to put the parts of an int8 layer: scale, offset (n_out); low, step (n_in), if static.
struct Int8Parts {
  std::span<float> scale;
  std::span<float> offset;
  std::span<float> low;
  std::span<float> step;
};

// The state of the training in addition to the weights. With both, another network of the same
// layers, optimizer and seed continues with the same bits.
struct NetworkProgress {
  std::uint64_t updates = 0;
  Random::State random{};      // draws the order of the rows
  std::vector<float> moments;  // of the optimizer, layer by layer, in an order of their own
};

std::vector<std::string> network_loss_names();

class Network {
 public:
  Network(std::size_t n_features, const std::vector<NetworkLayer>& layers,
          const NetworkOptions& options);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  std::size_t n_layers() const;
  std::size_t n_features() const;
  std::size_t n_outputs() const;
  std::size_t n_in(std::size_t layer) const;
  std::size_t n_out(std::size_t layer) const;

  // weight: (n_out, n_in), bias: (n_out).
  void set_layer(std::size_t layer, MatrixView<const float> weight, std::span<const float> bias);
  void get_layer(std::size_t layer, MatrixView<float> weight, std::span<float> bias) const;
  // Of the last batch or call of gradients().
  void get_gradient(std::size_t layer, MatrixView<float> weight, std::span<float> bias) const;
  // Weights where keep is 0 become zero and stay so; keep: (n_out, n_in).
  void set_mask(std::size_t layer, MatrixView<const std::uint8_t> keep);
  // Trains the layer as the int8 layer that it will become from now on.
  void set_int8(std::size_t layer, const Int8Training& options);
  // That int8 layer; weight: (n_out, n_in).
  void get_int8(std::size_t layer, MatrixView<std::int8_t> weight, const Int8Parts& parts);
  // A new initial step size; the schedule continues from its present position.
  void set_eta0(double eta0);
  NetworkProgress progress() const;
  // Throws std::invalid_argument unless it is that of such a network.
  void set_progress(const NetworkProgress& progress);

  // One pass over the rows. Returns the mean, over the rows, of the objectives of their batches
  // before each step (batches without weight make no step and are ignored). Throws
  // std::invalid_argument when shapes do not fit or the weights become infinite. When interrupted
  // (see interrupt.hpp), it leaves the weights after some batch of the pass.
  double epoch(const Samples<float>& X, const NetworkTargets& targets);
  // The objective over all rows without l1, and the gradient of the loss in it, without dropout and
  // without a step.
  double gradients(const Samples<float>& X, const NetworkTargets& targets);
  // a_L; out: (n_samples, n_outputs).
  void forward(const Samples<float>& X, MatrixView<float> out);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace slimline
