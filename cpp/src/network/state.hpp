// The state of a Network, and one training step: forward, loss, backward, optimizer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/batch.hpp"
#include "network/layer.hpp"
#include "network/losses.hpp"
#include "slimline/network.hpp"
#include "slimline/random.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

// What a layer leaves behind on the way forward, for the way back.
struct Trace {
  Matrix<float> z;
  Matrix<float> out;
  Matrix<float> dropped;
  Matrix<float> slopes;
};

class Network::State {
 public:
  State(std::size_t n_features, const std::vector<NetworkLayer>& layers,
        const NetworkOptions& options);
  double epoch(const Samples<float>& X, const NetworkTargets& targets);
  double gradients(const Samples<float>& X, const NetworkTargets& targets);
  void forward(const Samples<float>& X, MatrixView<float> out);
  TrainedLayer& layer(std::size_t i);
  std::size_t n_layers() const { return layers_.size(); }
  void set_eta0(double eta0);
  NetworkProgress progress() const;
  void set_progress(const NetworkProgress& progress);

 private:
  void check(const Samples<float>& X, const NetworkTargets& targets) const;
  std::vector<std::size_t> row_order(std::size_t n);
  static double weight_of(std::span<const std::size_t> rows, const NetworkTargets& targets);
  void reserve(std::size_t rows);
  // What layer l hands on.
  MatrixView<const float> outputs(std::size_t l, std::size_t rows, bool dropout);
  // Whether the first layer takes the rows as CSR; it does not while it trains as int8.
  bool takes_sparse(const Batch& batch) const;
  void select(Batch& batch, std::span<const std::size_t> rows) const;
  void propagate(const Batch& batch, bool training);
  // to = from with some entries zero, the others scaled up: which, follows from seed, update,
  // place.
  void drop(std::size_t l, MatrixView<const float> from, MatrixView<float> to) const;
  // Returns the summed loss of the rows; leaves the gradient of its mean in the layers.
  double backpropagate(const Batch& batch, std::span<const std::size_t> chosen,
                       const NetworkTargets& targets, double weight, bool training);
  double loss_slopes(std::span<const std::size_t> chosen, const NetworkTargets& targets,
                     double weight);
  // From slopes to the gradient of a layer, whose inputs are an array or a sparse batch.
  template <class Inputs>
  void backward(TrainedLayer& layer, const Inputs& a, MatrixView<const float> slopes);
  double l2_of(double batch_weight) const;
  double penalty(double batch_weight) const;
  void step(double updates_per_epoch, double l2);

  NetworkOptions options_;
  SgdOptions schedule_;
  NetworkLosses loss_;
  Random random_;
  std::uint64_t updates_ = 0;
  std::vector<TrainedLayer> layers_;
  std::vector<Trace> traces_;
  std::vector<double> shares_;  // of the rows of a batch in its weight, for wide sums
};

}  // namespace slimline
