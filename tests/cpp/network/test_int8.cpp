// Layers that train as int8: the bits of the int8 layers, and gradients against finite differences
// of the network with its roundings frozen.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "network/problem.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/layers/stack.hpp"
#include "slimline/network.hpp"
#include "slimline/quantize.hpp"

namespace slimline {
namespace {

// A layer as the int8 layer that it trains as.
struct Int8Values {
  Matrix<std::int8_t> weight;
  std::vector<float> scale;
  std::vector<float> offset;
  std::vector<float> low;
  std::vector<float> step;

  Int8Values(Network& network, std::size_t l)
      : weight(network.n_out(l), network.n_in(l)),
        scale(network.n_out(l)),
        offset(network.n_out(l)),
        low(network.n_in(l)),
        step(network.n_in(l)) {
    network.get_int8(l, weight.view(), {scale, offset, low, step});
  }
};

// The first of these layers as a predictor.
Stack int8_stack(Network& network, const std::string& hidden, bool is_static,
                 std::size_t n_layers) {
  Stack stack(network.n_features());
  for (std::size_t l = 0; l < n_layers; ++l) {
    const Int8Values int8(network, l);
    const bool last = l + 1 == network.n_layers();
    const std::string activation = last ? "identity" : hidden;
    if (is_static) {
      stack.add(Int8StaticLayer(int8.weight.view(), int8.scale, int8.offset, {int8.low, int8.step},
                                activation));
    } else {
      stack.add(Int8Layer(int8.weight.view(), int8.scale, int8.offset, activation));
    }
  }
  return stack;
}

}  // namespace

TEST_CASE("training as int8 computes what the int8 layers compute, to the bit") {
  for (const std::string& hidden : activation_names()) {
    for (const bool is_static : {false, true}) {
      CAPTURE(hidden);
      CAPTURE(is_static);
      const Problem p(60, {1100, 37, 20, 3}, hidden, "multinomial");
      const Samples<float> X(p.X.view());
      Int8Training int8;
      int8.is_static = is_static;
      NetworkOptions options;
      options.batch_size = 16;
      std::vector<Matrix<float>> results;
      for (const int n_threads : {1, 3}) {
        options.n_threads = n_threads;
        Network network = p.network(options);
        for (std::size_t l = 0; l < 3; ++l) network.set_int8(l, int8);
        network.epoch(X, p.view());
        network.forward(X, results.emplace_back(60, 3).view());
        int8_stack(network, hidden, is_static, 3)
            .forward(p.X.view(), results.emplace_back(60, 3).view(), 1);
      }
      for (const Matrix<float>& result : results) {
        CHECK(std::equal(result.row(0), result.row(0) + 180, results[0].row(0)));
      }
    }
  }
}

namespace {

// The weights and inputs of a layer as its integers stand for them. Frozen, an input follows the
// outputs before it at a fixed distance, but where it lay outside its range it stays what it was.
struct FrozenLayer {
  Matrix<double> weight;
  Matrix<double> level;     // (rows, n_in): what the layer took
  Matrix<double> distance;  // (rows, n_in): from what came before rounding
  Matrix<std::uint8_t> follows;
};

constexpr float kLow = -0.7F;
constexpr float kStep = 1.6F / 127;

Int8Training fixed_ranges(std::size_t n_in) {
  return {.is_static = true,
          .is_fixed = true,
          .low = std::vector<float>(n_in, kLow),
          .step = std::vector<float>(n_in, kStep),
          .reach = std::vector<float>(n_in, kStep),
          .shift = std::vector<float>(n_in, kLow / kStep)};
}

// Rounds the inputs `a` as the layer does.
void freeze_inputs(const Matrix<float>& a, bool is_static, FrozenLayer& frozen) {
  Matrix<std::uint8_t> q(a.rows(), a.cols());
  std::vector<float> scale(a.rows());
  std::vector<std::int32_t> zero_point(a.rows());
  quantize_rows(a.view(), q.view(), scale, zero_point);
  frozen.level = Matrix<double>(a.rows(), a.cols());
  frozen.distance = Matrix<double>(a.rows(), a.cols());
  frozen.follows = Matrix<std::uint8_t>(a.rows(), a.cols());
  for (std::size_t i = 0; i < a.rows(); ++i) {
    for (std::size_t k = 0; k < a.cols(); ++k) {
      const float place = (a(i, k) - kLow) * (1.0F / kStep);
      const double level = std::nearbyint(double{std::clamp(place, 0.0F, 127.0F)});
      frozen.level(i, k) = is_static ? double{kStep} * (level + double{kLow / kStep})
                                     : double{scale[i]} * (int{q(i, k)} - zero_point[i]);
      frozen.distance(i, k) = frozen.level(i, k) - double{a(i, k)};
      frozen.follows(i, k) = !is_static || (place >= 0 && place <= 127) ? 1 : 0;
    }
  }
}

std::vector<FrozenLayer> freeze(const Problem& p, Network& network, const std::string& hidden,
                                bool is_static) {
  std::vector<FrozenLayer> layers;
  for (std::size_t l = 0; l < network.n_layers(); ++l) {
    Matrix<float> a(p.X.rows(), network.n_in(l));
    if (l == 0)
      std::copy_n(p.X.row(0), p.X.rows() * p.X.cols(), a.row(0));
    else
      int8_stack(network, hidden, is_static, l).forward(p.X.view(), a.view(), 1);
    FrozenLayer& layer = layers.emplace_back(
        FrozenLayer{Matrix<double>(network.n_out(l), network.n_in(l)), {0, 0}, {0, 0}, {0, 0}});
    freeze_inputs(a, is_static, layer);
    const Int8Values int8(network, l);
    for (std::size_t j = 0; j < int8.weight.rows(); ++j) {
      for (std::size_t k = 0; k < int8.weight.cols(); ++k) {
        const double scale = double{int8.scale[j]} / (is_static ? double{kStep} : 1.0);
        layer.weight(j, k) = scale * int{int8.weight(j, k)};
      }
    }
  }
  return layers;
}

double frozen_objective(const Problem& p, const std::vector<FrozenLayer>& layers,
                        const NetworkOptions& o, const Shift& shift) {
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < p.X.rows(); ++i) {
    std::vector<double> a(p.X.row(i), p.X.row(i) + p.X.cols());
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const FrozenLayer& layer = layers[l];
      for (std::size_t k = 0; k < a.size(); ++k) {
        a[k] = layer.follows(i, k) != 0 ? a[k] + layer.distance(i, k) : layer.level(i, k);
      }
      std::vector<double> z(p.values[l].bias.begin(), p.values[l].bias.end());
      for (std::size_t j = 0; j < z.size(); ++j) {
        for (std::size_t k = 0; k < a.size(); ++k) z[j] += layer.weight(j, k) * a[k];
      }
      if (l == shift.layer) z[shift.j] += shift.by * (shift.k < a.size() ? a[shift.k] : 1.0);
      for (double& v : z) v = activation(p.layers[l].activation, v);
      a = z;
    }
    sum += double{p.weight[i]} * row_loss(o.loss, a, p.targets.row(i));
    total += double{p.weight[i]};
  }
  return sum / total + naive_penalty(p, o.l2, shift);
}

}  // namespace

// The straight-through estimator takes each rounding for the identity, of a clipped input for a
// constant. So its gradient is, exactly, that of the network in which the differences that rounding
// made are constants: W becomes W + (W_q - W) and a becomes a + (a_q - a), the brackets frozen (and
// with them scales, offsets and the ranges of rows). Finite differences of that network check it.
TEST_CASE("gradients through the rounding are those of the network with its roundings frozen") {
  for (const std::string& hidden : activation_names()) {
    for (const bool is_static : {false, true}) {
      for (const bool masked : {false, true}) {
        CAPTURE(hidden);
        CAPTURE(is_static);
        CAPTURE(masked);
        Problem p(9, {5, 17, 6, 3}, hidden, "multinomial");
        if (masked) p.mask();
        NetworkOptions options;
        options.l2 = 0.1;
        Network network = p.network(options);
        for (std::size_t l = 0; l < 3; ++l) {
          network.set_int8(l, is_static ? fixed_ranges(network.n_in(l)) : Int8Training{});
        }
        const auto layers = freeze(p, network, hidden, is_static);
        const auto objective = [&](const Shift& shift) {
          return frozen_objective(p, layers, options, shift);
        };
        CHECK(gradient_error(network, p, options.l2, objective) < 1e-4);
      }
    }
  }
}

TEST_CASE("inputs outside a fixed range send no slope back") {
  Problem p(30, {2, 4, 2}, "identity", "multinomial");
  Network network = p.network({});
  const std::vector<float> zeros(4);
  const std::vector<float> tiny(4, 1e-6F);
  network.set_int8(1, {.is_static = true,
                       .is_fixed = true,
                       .low = zeros,
                       .step = tiny,
                       .reach = tiny,
                       .shift = zeros});
  network.gradients(std::as_const(p.X).view(), p.view());
  Matrix<float> weight(4, 2);
  std::vector<float> bias(4);
  network.get_gradient(0, weight.view(), bias);
  for (std::size_t i = 0; i < 8; ++i) CHECK(weight.row(0)[i] == 0);
}

}  // namespace slimline
