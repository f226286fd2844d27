#include "slimline/network.hpp"

#include <string>

#include "core/registry.hpp"
#include "network/state.hpp"
#include "slimline/error.hpp"

namespace slimline {

std::vector<std::string> network_loss_names() { return registry_names<NetworkLosses>(); }

Network::Network(std::size_t n_features, const std::vector<NetworkLayer>& layers,
                 const NetworkOptions& options)
    : state_(std::make_unique<State>(n_features, layers, options)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

std::size_t Network::n_layers() const { return state_->n_layers(); }
std::size_t Network::n_features() const { return state_->layer(0).n_in(); }
std::size_t Network::n_outputs() const { return state_->layer(n_layers() - 1).n_out(); }
std::size_t Network::n_in(std::size_t layer) const { return state_->layer(layer).n_in(); }
std::size_t Network::n_out(std::size_t layer) const { return state_->layer(layer).n_out(); }

namespace {

template <class Weight, class Bias>
void check_shapes(const TrainedLayer& layer, const Weight& weight, const Bias& bias) {
  require(weight.rows() == layer.n_out() && weight.cols() == layer.n_in() &&
              bias.size() == layer.n_out(),
          "weight and bias must have a row for each of the " + std::to_string(layer.n_out()) +
              " outputs, weight a column for each of the " + std::to_string(layer.n_in()) +
              " inputs");
}

}  // namespace

void Network::set_layer(std::size_t layer, MatrixView<const float> weight,
                        std::span<const float> bias) {
  check_shapes(state_->layer(layer), weight, bias);
  state_->layer(layer).set(weight, bias);
}

void Network::get_layer(std::size_t layer, MatrixView<float> weight, std::span<float> bias) const {
  check_shapes(state_->layer(layer), weight, bias);
  state_->layer(layer).get(weight, bias);
}

void Network::get_gradient(std::size_t layer, MatrixView<float> weight,
                           std::span<float> bias) const {
  check_shapes(state_->layer(layer), weight, bias);
  state_->layer(layer).get_gradient(weight, bias);
}

void Network::set_mask(std::size_t layer, MatrixView<const std::uint8_t> keep) {
  const TrainedLayer& target = state_->layer(layer);
  require(keep.rows() == target.n_out() && keep.cols() == target.n_in(),
          "keep must have the shape of the weights");
  state_->layer(layer).set_mask(keep);
}

void Network::set_int8(std::size_t layer, const Int8Training& options) {
  const std::size_t n = state_->layer(layer).n_in();
  const std::size_t given = options.low.size();
  require(given == 0 || (given == n && options.is_static),
          "low must have one entry for each input of a static layer, or none");
  require(options.step.size() == given && options.reach.size() == given &&
              options.shift.size() == given,
          "step, reach and shift must have the size of low");
  state_->layer(layer).set_int8(options);
}

void Network::get_int8(std::size_t layer, MatrixView<std::int8_t> weight, const Int8Parts& parts) {
  TrainedLayer& from = state_->layer(layer);
  require(from.is_int8(), "the layer does not train as int8");
  check_shapes(from, weight, parts.scale);
  require(parts.offset.size() == from.n_out() && parts.low.size() == from.n_in() &&
              parts.step.size() == from.n_in(),
          "the parts must have the sizes of the layer");
  from.get_int8(weight, parts);
}

void Network::set_eta0(double eta0) { state_->set_eta0(eta0); }

NetworkProgress Network::progress() const { return state_->progress(); }

void Network::set_progress(const NetworkProgress& progress) { state_->set_progress(progress); }

double Network::epoch(const Samples<float>& X, const NetworkTargets& targets) {
  return state_->epoch(X, targets);
}

double Network::gradients(const Samples<float>& X, const NetworkTargets& targets) {
  return state_->gradients(X, targets);
}

void Network::forward(const Samples<float>& X, MatrixView<float> out) { state_->forward(X, out); }

}  // namespace slimline
