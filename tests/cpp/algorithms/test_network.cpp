// The network: gradients against finite differences of a naive forward pass in double, for every
// loss and activation; CSR like dense; the same bits for any number of threads; masks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/layers/stack.hpp"
#include "slimline/network.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

const std::function<bool()> kNeverStop = [] { return false; };

struct Values {
  Matrix<float> weight;
  std::vector<float> bias;
};

float uniform(Random& random) { return static_cast<float>(2 * random.uniform() - 1); }

Matrix<float> random_matrix(std::size_t rows, std::size_t cols, Random& random) {
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
        else if (loss == "squared_error" || loss == "huber")
          targets(i, j) = 2 * uniform(random);
        else
          targets(i, j) = positive ? 1.0F : -1.0F;
      }
    }
  }

  Network network(const NetworkOptions& options) const {
    Network n(X.cols(), layers, options);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      n.set_layer(l, values[l].weight.view(), values[l].bias);
    }
    return n;
  }
  NetworkTargets view() const { return {targets.view(), weight}; }
};

double activation(const std::string& name, double z) {
  if (name == "relu") return std::max(z, 0.0);
  if (name == "tanh") return std::tanh(z);
  if (name == "logistic") return 1 / (1 + std::exp(-z));
  if (name == "gelu") return z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
  REQUIRE(name == "identity");
  return z;
}

double row_loss(const std::string& name, const std::vector<double>& z, const float* y) {
  double sum = 0;
  if (name == "multinomial") {
    double total = 0;
    for (const double v : z) total += std::exp(v);
    for (std::size_t j = 0; j < z.size(); ++j) sum += double{y[j]} * (std::log(total) - z[j]);
    return sum;
  }
  for (std::size_t j = 0; j < z.size(); ++j) sum += loss_at(name, 1, z[j], double{y[j]}).first;
  return sum;
}

// The objective in double, weight (l, j, k) shifted by `shift`; k == n_in: the bias.
double naive_objective(const Problem& p, const NetworkOptions& o, std::size_t layer, std::size_t j,
                       std::size_t k, double shift) {
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < p.X.rows(); ++i) {
    std::vector<double> a(p.X.row(i), p.X.row(i) + p.X.cols());
    for (std::size_t l = 0; l < p.layers.size(); ++l) {
      std::vector<double> z(p.values[l].bias.begin(), p.values[l].bias.end());
      for (std::size_t r = 0; r < z.size(); ++r) {
        for (std::size_t c = 0; c < a.size(); ++c) z[r] += double{p.values[l].weight(r, c)} * a[c];
      }
      if (l == layer) z[j] += shift * (k < a.size() ? a[k] : 1.0);
      for (double& v : z) v = activation(p.layers[l].activation, v);
      a = z;
    }
    sum += double{p.weight[i]} * row_loss(o.loss, a, p.targets.row(i));
    total += double{p.weight[i]};
  }
  double norm = 0;
  for (std::size_t l = 0; l < p.layers.size(); ++l) {
    for (std::size_t r = 0; r < p.values[l].weight.rows(); ++r) {
      for (std::size_t c = 0; c < p.values[l].weight.cols(); ++c) {
        const double w =
            double{p.values[l].weight(r, c)} + (l == layer && r == j && c == k ? shift : 0);
        norm += w * w;
      }
    }
  }
  return sum / total + o.l2 / 2 * norm;
}

// The largest difference between the gradient and finite differences, over every `step`-th weight.
double gradient_error(const Problem& p, const NetworkOptions& o) {
  Network network = p.network(o);
  const double value = network.gradients(Samples<float>(std::as_const(p.X).view()), p.view());
  CHECK(value == doctest::Approx(naive_objective(p, o, p.layers.size(), 0, 0, 0)).epsilon(1e-5));
  double worst = 0;
  constexpr double kShift = 1e-5;
  for (std::size_t l = 0; l < p.layers.size(); ++l) {
    Matrix<float> weight(network.n_out(l), network.n_in(l));
    std::vector<float> bias(network.n_out(l));
    network.get_gradient(l, weight.view(), bias);
    for (std::size_t j = 0; j < bias.size(); ++j) {
      for (std::size_t k = 0; k <= weight.cols(); ++k) {
        const bool is_bias = k == weight.cols();
        const double expected =
            (naive_objective(p, o, l, j, k, kShift) - naive_objective(p, o, l, j, k, -kShift)) /
            (2 * kShift);
        const double l2 = is_bias ? 0 : o.l2 * double{p.values[l].weight(j, k)};
        const double got = (is_bias ? double{bias[j]} : double{weight(j, k)}) + l2;
        worst = std::max(worst, std::abs(got - expected));
      }
    }
  }
  return worst;
}

// The weights after two epochs.
std::vector<float> trained(const Problem& p, NetworkOptions o, const Samples<float>& X) {
  Network network = p.network(o);
  for (int e = 0; e < 2; ++e) network.epoch(X, p.view(), kNeverStop);
  std::vector<float> all;
  for (std::size_t l = 0; l < p.layers.size(); ++l) {
    Matrix<float> weight(network.n_out(l), network.n_in(l));
    std::vector<float> bias(network.n_out(l));
    network.get_layer(l, weight.view(), bias);
    all.insert(all.end(), weight.row(0), weight.row(0) + weight.rows() * weight.cols());
    all.insert(all.end(), bias.begin(), bias.end());
  }
  return all;
}

}  // namespace

TEST_CASE("gradients agree with finite differences for every loss") {
  for (const std::string& loss : network_loss_names()) {
    CAPTURE(loss);
    NetworkOptions options;
    options.loss = loss;
    options.l2 = 0.1;
    CHECK(gradient_error(Problem(9, {5, 4, 3}, "tanh", loss), options) < 1e-4);
    CHECK(gradient_error(Problem(7, {3, 17, 1}, "tanh", loss), options) < 1e-4);
  }
}

TEST_CASE("gradients agree with finite differences for every activation") {
  for (const std::string& hidden : activation_names()) {
    CAPTURE(hidden);
    CHECK(gradient_error(Problem(9, {5, 7, 6, 3}, hidden, "multinomial"), {}) < 1e-4);
    CHECK(gradient_error(Problem(4, {2, 33, 18, 2}, hidden, "multinomial"), {}) < 1e-4);
  }
}

TEST_CASE("the same bits for any number of threads") {
  for (const std::string optimizer : {"adam", "sgd"}) {
    for (const std::vector<std::size_t>& widths :
         {std::vector<std::size_t>{130, 300, 140, 10}, std::vector<std::size_t>{300, 20, 3}}) {
      NetworkOptions options;
      options.optimizer = optimizer;
      options.batch_size = 100;
      options.dropout = 0.2;
      options.l1 = 1e-3;
      options.weight_decay = 1e-2;
      const Problem p(330, widths, "relu", "multinomial");
      const Samples<float> X(p.X.view());
      const auto expected = trained(p, options, X);
      for (const int n_threads : {2, 3, 8}) {
        options.n_threads = n_threads;
        CHECK(trained(p, options, X) == expected);
      }
    }
  }
}

TEST_CASE("CSR rows train the same network as dense ones") {
  Problem p(60, {40, 18, 3}, "relu", "multinomial");
  std::vector<float> values;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> indptr{0};
  for (std::size_t i = 0; i < p.X.rows(); ++i) {
    for (std::size_t j = 0; j < p.X.cols(); ++j) {
      if ((i + j) % 5 != 0) {
        p.X(i, j) = 0;
        continue;
      }
      values.push_back(p.X(i, j));
      indices.push_back(static_cast<std::int64_t>(j));
    }
    indptr.push_back(static_cast<std::int64_t>(values.size()));
  }
  NetworkOptions options;
  options.batch_size = 16;
  options.optimizer = "sgd";
  const CsrView<float, std::int64_t> csr(values, indices, indptr, p.X.cols());
  const auto dense = trained(p, options, std::as_const(p.X).view());
  const auto sparse = trained(p, options, csr);
  REQUIRE(sparse.size() == dense.size());
  for (std::size_t i = 0; i < dense.size(); ++i) {
    CHECK(double{sparse[i]} == doctest::Approx(double{dense[i]}).epsilon(1e-3));
  }
  Matrix<float> from_dense(60, 3);
  Matrix<float> from_sparse(60, 3);
  Network network = p.network(options);
  network.forward(std::as_const(p.X).view(), from_dense.view());
  network.forward(csr, from_sparse.view());
  for (std::size_t i = 0; i < 60; ++i) {
    CHECK(double{from_sparse(i, 1)} == doctest::Approx(double{from_dense(i, 1)}).epsilon(1e-4));
  }
}

namespace {

// The int8 layers that a network trains as, as a predictor.
Stack int8_stack(Network& network, const std::string& hidden, bool is_static) {
  Stack stack(network.n_features());
  for (std::size_t l = 0; l < network.n_layers(); ++l) {
    Matrix<std::int8_t> weight(network.n_out(l), network.n_in(l));
    std::vector<float> scale(network.n_out(l));
    std::vector<float> offset(network.n_out(l));
    std::vector<float> low(network.n_in(l));
    std::vector<float> step(network.n_in(l));
    network.get_int8(l, weight.view(), {scale, offset, low, step});
    const bool last = l + 1 == network.n_layers();
    const std::string activation = last ? "identity" : hidden;
    const auto w = std::as_const(weight).view();
    if (is_static) {
      stack.add(Int8StaticLayer(w, scale, offset, {low, step}, activation));
    } else {
      stack.add(Int8Layer(w, scale, offset, activation));
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
        network.epoch(X, p.view(), kNeverStop);
        network.forward(X, results.emplace_back(60, 3).view());
        int8_stack(network, hidden, is_static)
            .forward(p.X.view(), results.emplace_back(60, 3).view(), 1);
      }
      for (const Matrix<float>& result : results) {
        CHECK(std::equal(result.row(0), result.row(0) + 180, results[0].row(0)));
      }
    }
  }
}

TEST_CASE("slopes pass through the rounding: gradients are those of the rounded network") {
  for (const bool is_static : {false, true}) {
    CAPTURE(is_static);
    // One layer: the gradient is that of a float network with the rounded weights and inputs.
    const Problem p(40, {6, 3}, "identity", "multinomial");
    NetworkOptions options;
    options.batch_size = 0;
    options.eta0 = 1e-12;
    options.schedule = "constant";
    Network network = p.network(options);
    Int8Training int8;
    int8.is_static = is_static;
    network.set_int8(0, int8);
    const Samples<float> X(std::as_const(p.X).view());
    network.epoch(X, p.view(), kNeverStop);  // sets the ranges, and moves nothing
    network.gradients(X, p.view());
    Matrix<float> got(3, 6);
    std::vector<float> got_bias(3);
    network.get_gradient(0, got.view(), got_bias);
    Network plain = p.network(options);
    plain.gradients(X, p.view());
    Matrix<float> expected(3, 6);
    std::vector<float> expected_bias(3);
    plain.get_gradient(0, expected.view(), expected_bias);
    for (std::size_t i = 0; i < 18; ++i) {
      CHECK(std::abs(got.row(0)[i] - expected.row(0)[i]) < 0.01);
    }
    for (std::size_t j = 0; j < 3; ++j) CHECK(std::abs(got_bias[j] - expected_bias[j]) < 0.01);
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

TEST_CASE("masked weights are zero and stay so; the others train on") {
  const Problem p(50, {6, 5, 2}, "relu", "multinomial");
  Matrix<std::uint8_t> keep(5, 6);
  for (std::size_t j = 0; j < 5; ++j) {
    for (std::size_t k = 0; k < 6; ++k) keep(j, k) = (j + k) % 2 == 0 ? 1 : 0;
  }
  for (const std::string optimizer : {"adam", "sgd"}) {
    NetworkOptions options;
    options.optimizer = optimizer;
    options.batch_size = 10;
    Network network = p.network(options);
    const Samples<float> X(p.X.view());
    network.epoch(X, p.view(), kNeverStop);  // gives the masked ones momentum
    network.set_mask(0, std::as_const(keep).view());
    network.epoch(X, p.view(), kNeverStop);
    Matrix<float> weight(5, 6);
    std::vector<float> bias(5);
    network.get_layer(0, weight.view(), bias);
    for (std::size_t j = 0; j < 5; ++j) {
      for (std::size_t k = 0; k < 6; ++k) {
        if (keep(j, k) == 0)
          CHECK(weight(j, k) == 0);
        else
          CHECK(weight(j, k) != p.values[0].weight(j, k));
      }
    }
  }
}

TEST_CASE("training lowers the objective; l1 makes exact zeros; weights of zero hide rows") {
  Problem p(200, {4, 8, 2}, "tanh", "multinomial");
  NetworkOptions options;
  options.batch_size = 20;
  options.eta0 = 0.01;
  Network network = p.network(options);
  const Samples<float> X(p.X.view());
  const double before = network.epoch(X, p.view(), kNeverStop);
  double after = 0;
  for (int e = 0; e < 20; ++e) after = network.epoch(X, p.view(), kNeverStop);
  CHECK(after < 0.9 * before);

  options.l1 = 1;
  const auto shrunk = trained(p, options, X);
  CHECK(std::count(shrunk.begin(), shrunk.end(), 0.0F) > 5);

  options.l1 = 0;
  options.batch_size = 0;
  options.shuffle = false;
  const auto expected = trained(p, options, X);
  for (std::size_t i = 0; i < 200; i += 3) std::fill_n(p.X.row(i), 4, 100.0F);  // weight 0
  CHECK(trained(p, options, std::as_const(p.X).view()) == expected);
}

TEST_CASE("bad options and shapes are named") {
  const Problem p(5, {3, 2}, "relu", "multinomial");
  NetworkOptions options;
  options.optimizer = "lbfgs";
  CHECK_THROWS_WITH(p.network(options), "optimizer must be one of adam, sgd, got lbfgs");
  options.optimizer = "sgd";
  options.eta0 = 1e30;
  Network network = p.network(options);
  const Matrix<float> wide(5, 4);
  CHECK_THROWS_WITH(network.epoch(wide.view(), p.view(), kNeverStop),
                    "X must have 3 columns, got 4");
  CHECK_THROWS_AS(network.epoch(p.X.view(), p.view(), [] { return true; }), Interrupted);
}

}  // namespace slimline
