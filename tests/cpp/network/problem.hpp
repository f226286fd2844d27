// A small problem with its first weights, and a naive forward pass in double, for tests of Network.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "slimline/network.hpp"
#include "slimline/random.hpp"
#include "slimline/sgd.hpp"

namespace slimline {

struct Values {
  Matrix<float> weight;
  std::vector<float> bias;
};

inline float uniform(Random& random) { return static_cast<float>(2 * random.uniform() - 1); }

inline Matrix<float> random_matrix(std::size_t rows, std::size_t cols, Random& random) {
  Matrix<float> m(rows, cols);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < cols; ++j) m(i, j) = uniform(random);
  }
  return m;
}

struct Problem {
  std::vector<NetworkLayer> layers;
  std::vector<Values> values;
  Matrix<float> X;
  Matrix<float> targets;
  std::vector<float> weight;
  bool masked = false;

  Problem(std::size_t rows, std::vector<std::size_t> widths, const std::string& hidden,
          const std::string& loss)
      : X(0, 0), targets(0, 0) {
    Random random(7);
    X = random_matrix(rows, widths[0], random);
    for (std::size_t l = 1; l < widths.size(); ++l) {
      const bool last = l + 1 == widths.size();
      layers.push_back({widths[l], last ? "identity" : hidden});
      Values v{random_matrix(widths[l], widths[l - 1], random), {}};
      for (std::size_t j = 0; j < widths[l]; ++j) v.bias.push_back(uniform(random));
      values.push_back(std::move(v));
    }
    targets = Matrix<float>(rows, widths.back());
    for (std::size_t i = 0; i < rows; ++i) {
      weight.push_back(static_cast<float>(i % 3));
      const std::size_t label = static_cast<std::size_t>(random.below(widths.back()));
      for (std::size_t j = 0; j < widths.back(); ++j) {
        const bool positive = j == label;
        if (loss == "multinomial")
          targets(i, j) = positive ? 1.0F : 0.0F;
        else if (loss == "poisson")
          targets(i, j) = static_cast<float>(random.below(4));
        else if (loss == "squared_error" || loss == "huber")
          targets(i, j) = 2 * uniform(random);
        else
          targets(i, j) = positive ? 1.0F : -1.0F;
      }
    }
  }

  // Sets two of five weights to zero for good.
  void mask() {
    for (Values& v : values) {
      for (std::size_t j = 0; j < v.weight.rows(); ++j) {
        for (std::size_t k = 0; k < v.weight.cols(); ++k) {
          if ((2 * j + k) % 5 < 2) v.weight(j, k) = 0;
        }
      }
    }
    masked = true;
  }

  Network network(const NetworkOptions& options) const {
    Network n(X.cols(), layers, options);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Matrix<float>& w = values[l].weight;
      n.set_layer(l, w.view(), values[l].bias);
      if (!masked) continue;
      Matrix<std::uint8_t> keep(w.rows(), w.cols());
      for (std::size_t i = 0; i < w.rows() * w.cols(); ++i) {
        keep.row(0)[i] = w.row(0)[i] != 0 ? 1 : 0;
      }
      n.set_mask(l, std::as_const(keep).view());
    }
    return n;
  }
  NetworkTargets view() const { return {targets.view(), weight}; }
};

inline double activation(const std::string& name, double z) {
  if (name == "relu") return std::max(z, 0.0);
  if (name == "tanh") return std::tanh(z);
  if (name == "logistic") return 1 / (1 + std::exp(-z));
  if (name == "gelu") return z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
  REQUIRE(name == "identity");
  return z;
}

inline double row_loss(const std::string& name, const std::vector<double>& z, const float* y) {
  double sum = 0;
  if (name == "multinomial") {
    double total = 0;
    for (const double v : z) total += std::exp(v);
    for (std::size_t j = 0; j < z.size(); ++j) sum += double{y[j]} * (std::log(total) - z[j]);
    return sum;
  }
  if (name == "poisson") {
    for (std::size_t j = 0; j < z.size(); ++j) {
      const double count = double{y[j]};
      sum += std::exp(z[j]) - count * z[j] - count + (count > 0 ? count * std::log(count) : 0.0);
    }
    return sum;
  }
  for (std::size_t j = 0; j < z.size(); ++j) sum += loss_at(name, 1, z[j], double{y[j]}).first;
  return sum;
}

// A change of weight (j, k) of a layer; k == n_in: of bias j.
struct Shift {
  std::size_t layer;
  std::size_t j;
  std::size_t k;
  double by;
};

// l2/2 |W|^2
inline double naive_penalty(const Problem& p, double l2, const Shift& shift) {
  double norm = 0;
  for (std::size_t l = 0; l < p.layers.size(); ++l) {
    const Matrix<float>& weight = p.values[l].weight;
    for (std::size_t r = 0; r < weight.rows(); ++r) {
      for (std::size_t c = 0; c < weight.cols(); ++c) {
        const bool shifted = l == shift.layer && r == shift.j && c == shift.k;
        const double w = double{weight(r, c)} + (shifted ? shift.by : 0);
        norm += w * w;
      }
    }
  }
  return l2 / 2 * norm;
}

// The objective in double.
inline double naive_objective(const Problem& p, const NetworkOptions& o, const Shift& shift) {
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < p.X.rows(); ++i) {
    std::vector<double> a(p.X.row(i), p.X.row(i) + p.X.cols());
    for (std::size_t l = 0; l < p.layers.size(); ++l) {
      std::vector<double> z(p.values[l].bias.begin(), p.values[l].bias.end());
      for (std::size_t r = 0; r < z.size(); ++r) {
        for (std::size_t c = 0; c < a.size(); ++c) z[r] += double{p.values[l].weight(r, c)} * a[c];
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

// The largest difference between the gradient of a network that holds the weights of p and finite
// differences of objective(Shift), over all biases and all weights that are not masked.
template <class Objective>
double gradient_error(Network& network, const Problem& p, double l2, const Objective& objective) {
  const double value = network.gradients(Samples<float>(std::as_const(p.X).view()), p.view());
  CHECK(value == doctest::Approx(objective(Shift{0, 0, 0, 0.0})).epsilon(1e-5));
  double worst = 0;
  constexpr double kShift = 1e-5;
  for (std::size_t l = 0; l < p.layers.size(); ++l) {
    Matrix<float> weight(network.n_out(l), network.n_in(l));
    std::vector<float> bias(network.n_out(l));
    network.get_gradient(l, weight.view(), bias);
    for (std::size_t j = 0; j < bias.size(); ++j) {
      for (std::size_t k = 0; k <= weight.cols(); ++k) {
        const bool is_bias = k == weight.cols();
        const double w = is_bias ? 0 : double{p.values[l].weight(j, k)};
        if (!is_bias && w == 0) continue;
        const double expected =
            (objective(Shift{l, j, k, kShift}) - objective(Shift{l, j, k, -kShift})) / (2 * kShift);
        const double got = (is_bias ? double{bias[j]} : double{weight(j, k)}) + l2 * w;
        worst = std::max(worst, std::abs(got - expected));
      }
    }
  }
  return worst;
}

}  // namespace slimline
