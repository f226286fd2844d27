// The network: gradients against finite differences of a naive forward pass in double, for every
// loss and activation, masked too; CSR like dense; the same bits for any number of threads; masks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "network/problem.hpp"
#include "slimline/error.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/network.hpp"

namespace slimline {
namespace {

// The largest error of a gradient over all weights and biases.
double gradient_error(const Problem& p, const NetworkOptions& o) {
  Network network = p.network(o);
  return gradient_error(network, p, o.l2,
                        [&](const Shift& shift) { return naive_objective(p, o, shift); });
}

// Rows with all their values, zeros too, as CSR.
struct Rows {
  std::vector<float> values;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> indptr{0};
  std::size_t n_cols;

  explicit Rows(const Matrix<float>& X) : n_cols(X.cols()) {
    for (std::size_t i = 0; i < X.rows(); ++i) {
      for (std::size_t j = 0; j < n_cols; ++j) {
        values.push_back(X(i, j));
        indices.push_back(static_cast<std::int64_t>(j));
      }
      indptr.push_back(static_cast<std::int64_t>(values.size()));
    }
  }
  CsrView<float, std::int64_t> view() const { return {values, indices, indptr, n_cols}; }
};

// The weights after two epochs.
std::vector<float> trained(const Problem& p, NetworkOptions o, const Samples<float>& X) {
  Network network = p.network(o);
  for (int e = 0; e < 2; ++e) network.epoch(X, p.view());
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

TEST_CASE("gradients of masked networks agree with finite differences, and steps follow them") {
  for (const std::string& hidden : activation_names()) {
    CAPTURE(hidden);
    Problem p(9, {5, 17, 6, 3}, hidden, "multinomial");
    p.mask();
    NetworkOptions options;
    options.l2 = 0.1;
    options.optimizer = "sgd";
    options.momentum = 0;
    options.batch_size = 0;
    options.eta0 = 0.5;
    Network network = p.network(options);
    const auto objective = [&](const Shift& shift) { return naive_objective(p, options, shift); };
    CHECK(gradient_error(network, p, options.l2, objective) < 1e-4);
    network.epoch(p.X.view(), p.view());
    for (std::size_t l = 0; l < 3; ++l) {
      Matrix<float> gradient(network.n_out(l), network.n_in(l));
      Matrix<float> weight(network.n_out(l), network.n_in(l));
      std::vector<float> bias(network.n_out(l));
      network.get_gradient(l, gradient.view(), bias);
      network.get_layer(l, weight.view(), bias);
      for (std::size_t i = 0; i < weight.rows() * weight.cols(); ++i) {
        const float w = p.values[l].weight.row(0)[i];
        const float step = 0.5F * (gradient.row(0)[i] + 0.1F * w);
        CHECK(double{weight.row(0)[i]} == doctest::Approx(w == 0 ? 0.0 : double{w - step}));
      }
    }
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
    network.epoch(X, p.view());  // gives the masked ones momentum
    network.set_mask(0, std::as_const(keep).view());
    network.epoch(X, p.view());
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

TEST_CASE(
    "with wide sums a weight of two is the row twice, and order does not matter, to the bit") {
  const Problem weighted(40, {6, 17, 3}, "tanh", "multinomial");
  Problem repeated(40, {6, 17, 3}, "tanh", "multinomial");
  std::vector<std::size_t> rows;
  for (std::size_t i = weighted.X.rows(); i-- > 0;) {
    rows.insert(rows.end(), static_cast<std::size_t>(weighted.weight[i]), i);
  }
  repeated.X = Matrix<float>(rows.size(), 6);
  repeated.targets = Matrix<float>(rows.size(), 3);
  repeated.weight.assign(rows.size(), 1.0F);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(weighted.X.row(rows[i]), 6, repeated.X.row(i));
    std::copy_n(weighted.targets.row(rows[i]), 3, repeated.targets.row(i));
  }
  for (const std::string optimizer : {"adam", "sgd"}) {
    NetworkOptions options;
    options.optimizer = optimizer;
    options.batch_size = 0;
    options.wide_sums = true;
    const auto expected = trained(weighted, options, std::as_const(weighted.X).view());
    CHECK(trained(repeated, options, std::as_const(repeated.X).view()) == expected);
    options.n_threads = 3;
    CHECK(trained(weighted, options, std::as_const(weighted.X).view()) == expected);
    const Rows sparse(weighted.X);
    const Rows sparse_repeated(repeated.X);
    CHECK(trained(weighted, options, sparse.view()) ==
          trained(repeated, options, sparse_repeated.view()));
    options.wide_sums = false;
    const auto narrow = trained(weighted, options, std::as_const(weighted.X).view());
    for (std::size_t i = 0; i < narrow.size(); ++i) {
      CHECK(double{narrow[i]} == doctest::Approx(double{expected[i]}).epsilon(1e-3));
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
  const double before = network.epoch(X, p.view());
  double after = 0;
  for (int e = 0; e < 20; ++e) after = network.epoch(X, p.view());
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
  CHECK_THROWS_WITH(network.epoch(wide.view(), p.view()), "X must have 3 columns, got 4");
}

}  // namespace slimline
