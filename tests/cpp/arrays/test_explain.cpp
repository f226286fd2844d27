// Contributions: complete for any number of steps, exact where the network is linear between
// baseline and row, converging to the integral elsewhere.
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "slimline/explain.hpp"
#include "slimline/layers/stack.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

struct Network {
  std::vector<Matrix<float>> weights;
  std::vector<std::vector<float>> biases;
  std::vector<std::string> activations;

  Network(const std::vector<std::size_t>& widths, std::vector<std::string> names, Random& random)
      : activations(std::move(names)) {
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
      weights.emplace_back(widths[l + 1], widths[l]);
      biases.emplace_back(widths[l + 1]);
      for (float& b : biases.back()) b = static_cast<float>(random.uniform() - 0.5);
      for (std::size_t i = 0; i < widths[l + 1] * widths[l]; ++i) {
        weights.back().row(0)[i] = static_cast<float>(2 * random.uniform() - 1);
      }
    }
  }

  std::vector<ExplainedLayer> layers() const {
    std::vector<ExplainedLayer> all;
    for (std::size_t l = 0; l < weights.size(); ++l) {
      all.push_back({weights[l].view(), biases[l], activations[l]});
    }
    return all;
  }

  Matrix<float> outputs(const Matrix<float>& X) const {
    Stack stack(weights.front().cols());
    for (std::size_t l = 0; l < weights.size(); ++l) {
      stack.add(DenseLayer(weights[l].view(), biases[l], activations[l]));
    }
    Matrix<float> out(X.rows(), stack.n_outputs());
    stack.forward(X.view(), out.view(), 1);
    return out;
  }
};

Matrix<float> random_rows(std::size_t m, std::size_t d, Random& random) {
  Matrix<float> X(m, d);
  for (std::size_t i = 0; i < m * d; ++i) {
    X.row(0)[i] = static_cast<float>(4 * random.uniform() - 2);
  }
  return X;
}

TEST_CASE("explain: contributions sum to the difference of the outputs, for any number of steps") {
  Random random(3);
  for (const std::string& name : activation_names()) {
    CAPTURE(name);
    const Network network({5, 7, 4, 3}, {name, name, "identity"}, random);
    const Matrix<float> X = random_rows(6, 5, random);
    const Matrix<float> ends = network.outputs(X);
    const std::vector<float> baseline(X.row(5), X.row(5) + 5);
    for (const std::size_t n_steps : {1U, 2U, 17U}) {
      Matrix<float> out(6, 15);
      integrated_gradients(network.layers(), X.view(), baseline, n_steps, out.view(), 2);
      for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t o = 0; o < 3; ++o) {
          double sum = 0;
          for (std::size_t j = 0; j < 5; ++j) sum += out(i, o * 5 + j);
          CHECK(sum == doctest::Approx(ends(i, o) - ends(5, o)).epsilon(1e-4).scale(1));
        }
      }
    }
  }
}

TEST_CASE("explain: more steps converge to the integral of the gradient") {
  Random random(4);
  const Network network({3, 6, 1}, {"tanh", "identity"}, random);
  const Matrix<float> X = random_rows(1, 3, random);
  const std::vector<float> baseline(3, 0.0F);
  Matrix<float> out(1, 3);
  integrated_gradients(network.layers(), X.view(), baseline, 300, out.view(), 1);
  constexpr int kPoints = 2000;
  for (std::size_t j = 0; j < 3; ++j) {
    double integral = 0;
    for (int s = 0; s < kPoints; ++s) {
      const double t = (s + 0.5) / kPoints;
      for (std::size_t h = 0; h < 6; ++h) {
        double z = network.biases[0][h];
        for (std::size_t k = 0; k < 3; ++k) z += network.weights[0](h, k) * t * X(0, k);
        const double slope = 1 - std::tanh(z) * std::tanh(z);
        integral += network.weights[1](0, h) * slope * network.weights[0](h, j) / kPoints;
      }
    }
    CHECK(out(0, j) == doctest::Approx(integral * X(0, j)).epsilon(1e-3));
  }
}

TEST_CASE("explain: shapes must fit") {
  Random random(5);
  const Network network({3, 2}, {"identity"}, random);
  const Matrix<float> X(1, 3);
  const std::vector<float> baseline(3);
  Matrix<float> out(1, 6);
  Matrix<float> narrow(1, 5);
  const auto layers = network.layers();
  CHECK_THROWS_AS(integrated_gradients(layers, X.view(), baseline, 1, narrow.view(), 1),
                  std::invalid_argument);
  CHECK_THROWS_AS(integrated_gradients(layers, X.view(), baseline, 0, out.view(), 1),
                  std::invalid_argument);
  CHECK_THROWS_AS(
      integrated_gradients(layers, X.view(), std::span(baseline).first(2), 1, out.view(), 1),
      std::invalid_argument);
  CHECK_THROWS_AS(integrated_gradients({}, X.view(), baseline, 1, out.view(), 1),
                  std::invalid_argument);
}

}  // namespace
}  // namespace slimline
