#include "network/state.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "network/dropout.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr std::size_t kForwardRows = 1024;

bool in_unit_interval(double value) { return value >= 0 && value < 1; }

void check_options(const NetworkOptions& o) {
  require(o.optimizer == "adam" || o.optimizer == "sgd",
          "optimizer must be one of adam, sgd, got " + o.optimizer);
  require(o.eta0 > 0 && std::isfinite(o.eta0), "eta0 must be > 0");
  require(o.l2 >= 0 && std::isfinite(o.l2), "l2 must be >= 0");
  require(o.l1 >= 0 && std::isfinite(o.l1), "l1 must be >= 0");
  require(o.weight_decay >= 0 && std::isfinite(o.weight_decay), "weight_decay must be >= 0");
  require(in_unit_interval(o.momentum), "momentum must be in [0, 1)");
  require(in_unit_interval(o.beta_1), "beta_1 must be in [0, 1)");
  require(in_unit_interval(o.beta_2), "beta_2 must be in [0, 1)");
  require(in_unit_interval(o.dropout), "dropout must be in [0, 1)");
  require(o.epsilon > 0, "epsilon must be > 0");
  require(o.schedule != "optimal" || o.l2 > 0, "schedule 'optimal' needs l2 > 0");
  require(o.max_iter >= 1, "max_iter must be >= 1");
}

std::size_t sample_count(const Samples<float>& X) {
  return std::visit([](const auto& view) { return view.rows(); }, X);
}

std::size_t feature_count(const Samples<float>& X) {
  return std::visit([](const auto& view) { return view.cols(); }, X);
}

MatrixView<float> top(Matrix<float>& m, std::size_t rows) { return m.view().slice(0, rows); }

}  // namespace

Network::State::State(std::size_t n_features, const std::vector<NetworkLayer>& layers,
                      const NetworkOptions& options)
    : options_(options), random_(options.seed) {
  check_options(options);
  require(!layers.empty(), "layers must hold at least one layer");
  loss_ = registry_make<NetworkLosses>(options.loss, "loss");
  schedule_.schedule = options.schedule;
  schedule_.alpha = options.l2;
  schedule_.eta0 = options.eta0;
  schedule_.power_t = options.power_t;
  schedule_.decay = options.decay;
  schedule_.max_iter = options.max_iter;
  std::size_t n_in = n_features;
  for (const NetworkLayer& layer : layers) {
    layers_.emplace_back(n_in, layer.activation, layer.n_out, options.optimizer == "adam");
    n_in = layer.n_out;
  }
  traces_.resize(layers.size());
}

double Network::State::epoch(const Samples<float>& X, const NetworkTargets& targets) {
  check(X, targets);
  const std::size_t n = sample_count(X);
  const std::size_t batch_size = options_.batch_size == 0 ? n : std::min(n, options_.batch_size);
  const std::vector<std::size_t> order = row_order(n);
  const std::size_t n_batches = chunk_count(n, batch_size);
  reserve(batch_size);
  Batch batch(X);
  double total = 0;
  std::size_t seen = 0;
  for (std::size_t b = 0; b < n_batches; ++b) {
    check_interrupt();
    const std::size_t begin = b * batch_size;
    const std::span rows(order.data() + begin, std::min(batch_size, n - begin));
    const double batch_weight = weight_of(rows, targets);
    if (batch_weight <= 0) continue;
    select(batch, rows);
    const double penalty_before = penalty(batch_weight);
    const double loss = backpropagate(batch, rows, targets, batch_weight, true) / batch_weight;
    total += static_cast<double>(rows.size()) * (loss + penalty_before);
    seen += rows.size();
    step(static_cast<double>(n_batches), l2_of(batch_weight));
  }
  for (const TrainedLayer& layer : layers_) {
    require(layer.is_finite(),
            "the weights have become infinite: scale the features, or lower learning_rate_init");
  }
  return seen > 0 ? total / static_cast<double>(seen) : penalty(1);
}

double Network::State::gradients(const Samples<float>& X, const NetworkTargets& targets) {
  check(X, targets);
  std::vector<std::size_t> rows(sample_count(X));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const double weight = weight_of(rows, targets);
  require(weight > 0, "sample_weight must not be zero everywhere");
  reserve(rows.size());
  Batch batch(X);
  select(batch, rows);
  return backpropagate(batch, rows, targets, weight, false) / weight + penalty(weight);
}

void Network::State::forward(const Samples<float>& X, MatrixView<float> out) {
  const std::size_t n = sample_count(X);
  require(feature_count(X) == layers_.front().n_in(),
          "X must have " + std::to_string(layers_.front().n_in()) + " columns");
  require(out.rows() == n && out.cols() == layers_.back().n_out(),
          "out must have a row for each row of X and a column for each output");
  reserve(std::min(n, kForwardRows));
  Batch batch(X);
  std::vector<std::size_t> rows;
  for (std::size_t begin = 0; begin < n; begin += kForwardRows) {
    rows.resize(std::min(kForwardRows, n - begin));
    std::iota(rows.begin(), rows.end(), begin);
    select(batch, rows);
    propagate(batch, false);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::copy_n(traces_.back().out.row(i), out.cols(), out.row(begin + i));
    }
  }
}

TrainedLayer& Network::State::layer(std::size_t i) {
  require(i < layers_.size(), "layer must be less than " + std::to_string(layers_.size()) +
                                  ", got " + std::to_string(i));
  return layers_[i];
}

void Network::State::set_eta0(double eta0) {
  require(eta0 > 0 && std::isfinite(eta0), "eta0 must be > 0");
  schedule_.eta0 = eta0;
}

void Network::State::check(const Samples<float>& X, const NetworkTargets& targets) const {
  const std::size_t n = sample_count(X);
  require(n > 0, "X must have at least one row");
  require(feature_count(X) == layers_.front().n_in(),
          "X must have " + std::to_string(layers_.front().n_in()) + " columns, got " +
              std::to_string(feature_count(X)));
  require(targets.targets.rows() == n && targets.targets.cols() == layers_.back().n_out(),
          "targets must have a row for each row of X and a column for each output");
  require(targets.sample_weight.size() == n, "sample_weight must have one entry for each row of X");
}

std::vector<std::size_t> Network::State::row_order(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (options_.shuffle) shuffle(order, random_);
  return order;
}

double Network::State::weight_of(std::span<const std::size_t> rows, const NetworkTargets& targets) {
  double sum = 0;
  for (const std::size_t i : rows) sum += static_cast<double>(targets.sample_weight[i]);
  return sum;
}

void Network::State::reserve(std::size_t rows) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Trace& trace = traces_[l];
    if (trace.z.rows() >= rows) continue;  // the last one made
    for (Matrix<float>* matrix : {&trace.dropped, &trace.slopes, &trace.out, &trace.z}) {
      if (matrix == &trace.dropped && options_.dropout == 0) continue;
      check_interrupt();  // memory is cleared
      *matrix = Matrix<float>(rows, layers_[l].width());
    }
  }
}

MatrixView<const float> Network::State::outputs(std::size_t l, std::size_t rows, bool dropout) {
  return top(dropout ? traces_[l].dropped : traces_[l].out, rows);
}

bool Network::State::takes_sparse(const Batch& batch) const {
  return batch.is_sparse() && !layers_.front().is_int8();
}

void Network::State::select(Batch& batch, std::span<const std::size_t> rows) const {
  batch.select(rows);
  if (batch.is_sparse() && !takes_sparse(batch)) batch.unpack();
}

void Network::State::propagate(const Batch& batch, bool training) {
  const bool dropout = training && options_.dropout > 0;
  const std::size_t rows = batch.rows();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const MatrixView<float> z = top(traces_[l].z, rows);
    const MatrixView<float> out = top(traces_[l].out, rows);
    if (l == 0 && takes_sparse(batch)) {
      layers_[0].forward(batch, z, out, options_.n_threads);
    } else {
      const auto a = l == 0 ? batch.dense() : outputs(l - 1, rows, dropout);
      if (training) layers_[l].observe(a);
      layers_[l].forward(a, z, out, options_.n_threads);
    }
    if (dropout && l + 1 < layers_.size()) drop(l, out, top(traces_[l].dropped, rows));
  }
}

void Network::State::drop(std::size_t l, MatrixView<const float> from, MatrixView<float> to) const {
  const std::uint64_t key = (options_.seed * 31 + updates_) * 31 + l;
  drop_outputs(key, static_cast<float>(options_.dropout), from, to);
}

double Network::State::backpropagate(const Batch& batch, std::span<const std::size_t> chosen,
                                     const NetworkTargets& targets, double weight, bool training) {
  const std::size_t rows = batch.rows();
  const bool dropout = training && options_.dropout > 0;
  propagate(batch, training);
  const double value = loss_slopes(chosen, targets, weight);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const MatrixView<float> slopes = top(traces_[l].slopes, rows);
    if (dropout && l + 1 < layers_.size()) drop(l, slopes, slopes);
    layers_[l].multiply_slope(top(traces_[l].z, rows), top(traces_[l].out, rows), slopes);
    if (l > 0) {
      const auto a = outputs(l - 1, rows, dropout);
      backward(layers_[l], a, slopes);
      layers_[l].input_slopes(a, slopes, top(traces_[l - 1].slopes, rows), options_.n_threads);
    } else if (takes_sparse(batch)) {
      backward(layers_[0], batch, slopes);
    } else {
      backward(layers_[0], batch.dense(), slopes);
    }
  }
  return value;
}

template <class Inputs>
void Network::State::backward(TrainedLayer& layer, const Inputs& a,
                              MatrixView<const float> slopes) {
  if (options_.wide_sums)
    layer.backward_wide(a, slopes, shares_, options_.n_threads);
  else
    layer.backward(a, slopes, options_.n_threads);
}

double Network::State::loss_slopes(std::span<const std::size_t> chosen,
                                   const NetworkTargets& targets, double weight) {
  const std::size_t n_outputs = layers_.back().n_out();
  Trace& trace = traces_.back();
  shares_.assign(chosen.size(), 0.0);
  return std::visit(
      [&](const auto& loss) {
        double sum = 0;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
          float* slopes = trace.slopes.row(i);
          std::fill_n(slopes, trace.slopes.cols(), 0.0F);
          const float s = targets.sample_weight[chosen[i]];
          if (s == 0) continue;
          check_interrupt_at(i);
          const double value = loss.row(trace.out.row(i), targets.targets.row(chosen[i]), n_outputs,
                                        options_.loss_epsilon, slopes);
          sum += static_cast<double>(s) * value;
          shares_[i] = static_cast<double>(s) / weight;
          const float scale = options_.wide_sums ? 1.0F : static_cast<float>(shares_[i]);
          for (std::size_t j = 0; j < n_outputs; ++j) slopes[j] *= scale;
        }
        return sum;
      },
      loss_);
}

double Network::State::l2_of(double batch_weight) const {
  return options_.l2_per_batch ? options_.l2 / batch_weight : options_.l2;
}

double Network::State::penalty(double batch_weight) const {
  if (options_.l2 == 0) return 0;
  double sum = 0;
  for (const TrainedLayer& layer : layers_) sum += layer.squared_norm();
  return l2_of(batch_weight) / 2 * sum;
}

void Network::State::step(double updates_per_epoch, double l2) {
  const double eta = schedule_at(schedule_, updates_, updates_per_epoch);
  ++updates_;
  const auto t = static_cast<double>(updates_);
  const double correction =
      std::sqrt(1 - std::pow(options_.beta_2, t)) / (1 - std::pow(options_.beta_1, t));
  const auto shrink = static_cast<float>(1 - eta * options_.weight_decay);
  OptimizerStep weights{.adam = options_.optimizer == "adam",
                        .adam_step = {.rate = static_cast<float>(eta * correction),
                                      .shrink = shrink,
                                      .l2 = static_cast<float>(l2),
                                      .beta_1 = static_cast<float>(options_.beta_1),
                                      .beta_2 = static_cast<float>(options_.beta_2),
                                      .epsilon = static_cast<float>(options_.epsilon)},
                        .momentum_step = {.rate = static_cast<float>(eta),
                                          .l2 = static_cast<float>(l2),
                                          .momentum = static_cast<float>(options_.momentum),
                                          .nesterov = options_.nesterov},
                        .shrink = shrink,
                        .l1 = static_cast<float>(eta * options_.l1)};
  OptimizerStep biases = weights;
  biases.adam_step.l2 = biases.momentum_step.l2 = biases.l1 = 0;
  biases.adam_step.shrink = biases.shrink = 1;
  for (TrainedLayer& layer : layers_) layer.step(weights, biases, options_.n_threads);
}

}  // namespace slimline
