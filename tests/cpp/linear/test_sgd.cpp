// Losses by finite differences, schedules by their formulas, engines by optimality and by a naive
// loop.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "slimline/error.hpp"
#include "slimline/random.hpp"
#include "slimline/sgd.hpp"

namespace slimline {
namespace {

struct Problem {
  Matrix<double> X;
  std::vector<double> y;
  std::vector<double> sample_weight;

  SgdTargets targets() const {
    return {.y = {y.data(), y.size(), 1},
            .sample_weight = sample_weight,
            .class_weight = {},
            .rows = {},
            .n_classes = 0};
  }
};

// Weights of one output that nothing but coef and intercept is asked of.
SgdWeights<double> weights_of(Matrix<double>& w, std::vector<double>& b) {
  return {.coef = w.view(),
          .intercept = b,
          .average_coef = {},
          .average_intercept = {},
          .squares = {},
          .intercept_squares = {}};
}

Problem make_regression(std::size_t n, std::size_t d) {
  Random random(7);
  Problem p{Matrix<double>(n, d), std::vector<double>(n), std::vector<double>(n, 1.0)};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < d; ++j) p.X(i, j) = 2 * random.uniform() - 1;
    p.y[i] = 0.5 + p.X(i, 0) - 2 * p.X(i, d - 1) + 0.1 * random.uniform();
  }
  return p;
}

}  // namespace

TEST_CASE("the slope of every loss is the derivative of its value") {
  for (const std::string& name : loss_names()) {
    CAPTURE(name);
    for (const double y : {-1.0, 1.0}) {
      for (double p = -2.95; p < 3; p += 0.1) {  // away from the kinks
        const double h = 1e-6;
        const double numeric =
            (loss_at(name, 0.13, p + h, y).first - loss_at(name, 0.13, p - h, y).first) / (2 * h);
        CHECK(loss_at(name, 0.13, p, y).second == doctest::Approx(numeric).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("the slope of a smooth loss changes no faster than its bound") {
  for (const auto& [name, link, regression, smooth, svm, curvature] : loss_traits()) {
    if (!smooth || name == "multinomial") continue;
    CAPTURE(name);
    double steepest = 0;
    for (double p = -3; p < 3; p += 0.01) {
      const double change =
          loss_at(name, 0.1, p + 1e-3, 1).second - loss_at(name, 0.1, p, 1).second;
      steepest = std::max(steepest, change / 1e-3);
    }
    CHECK(steepest <= curvature * (1 + 1e-6));
    CHECK(steepest >= curvature * (1 - 1e-3));
  }
}

TEST_CASE("log_loss is finite at the extremes") {
  CHECK(loss_at("log_loss", 0, 1e6, -1).first == 1e6);
  CHECK(loss_at("log_loss", 0, 1e6, 1).first == 0);
  CHECK(loss_at("log_loss", 0, -1e6, 1).second == -1);
}

TEST_CASE("every schedule follows its formula and stays positive within max_iter") {
  SgdOptions o{.alpha = 1e-3, .eta0 = 0.2, .power_t = 0.4, .decay = 0.5, .max_iter = 4};
  for (const std::string& name : schedule_names()) {
    CAPTURE(name);
    o.schedule = name;
    for (std::uint64_t t = 0; t < 40; ++t) CHECK(schedule_at(o, t, 10) > 0);
  }
  const auto at = [&](const char* name, std::uint64_t t) {
    o.schedule = name;
    return schedule_at(o, t, 10);
  };
  CHECK(at("constant", 17) == 0.2);
  CHECK(at("invscaling", 0) == 0.2);
  CHECK(at("invscaling", 9) == doctest::Approx(0.2 / std::pow(10, 0.4)));
  CHECK(at("power", 6) == doctest::Approx(0.2 * std::pow(4, -0.4)));
  CHECK(at("linear", 10) == doctest::Approx(0.2 * 0.75));
  CHECK(at("linear", 15) == doctest::Approx(0.2 * 0.625));
  CHECK(at("cosine", 10) == doctest::Approx(0.1 * (1 + std::cos(std::acos(-1.0) / 4))));
  const double typical = std::sqrt(1 / std::sqrt(1e-3));
  CHECK(at("optimal", 0) == doctest::Approx(typical));
  CHECK(at("optimal", 5) == doctest::Approx(1 / (1e-3 * (1 / (typical * 1e-3) + 5))));
}

TEST_CASE("one unshuffled epoch equals the naive loop") {
  const Problem p = make_regression(30, 5);
  const SgdOptions o{.loss = "squared_error",
                     .schedule = "constant",
                     .alpha = 0.1,
                     .eta0 = 0.05,
                     .shuffle = false,
                     .max_iter = 1};
  Matrix<double> w(1, 5);
  std::vector<double> b(1);
  sgd_fit<double>(p.X.view(), p.targets(), o, {}, weights_of(w, b));
  std::vector<double> naive(5);
  double bias = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    double r = bias - p.y[i];
    for (std::size_t j = 0; j < 5; ++j) r += naive[j] * p.X(i, j);
    for (std::size_t j = 0; j < 5; ++j) naive[j] -= 0.05 * (r * p.X(i, j) + 0.1 * naive[j]);
    bias -= 0.05 * r;
  }
  CHECK(b[0] == doctest::Approx(bias));
  for (std::size_t j = 0; j < 5; ++j) CHECK(w(0, j) == doctest::Approx(naive[j]));
}

TEST_CASE("averages are the means of the weights after each update") {
  const Problem p = make_regression(30, 5);
  for (const std::size_t batch_size : {1U, 7U}) {
    for (const std::uint64_t from : {1U, 3U}) {
      SgdOptions o{.loss = "squared_error",
                   .schedule = "constant",
                   .alpha = 0.1,
                   .eta0 = 0.05,
                   .shuffle = false,
                   .batch_size = batch_size,
                   .max_iter = 1,
                   .average_from = from};
      Matrix<double> w(1, 5);
      Matrix<double> average(1, 5);
      std::vector<double> b(1);
      std::vector<double> average_b(1);
      SgdWeights<double> weights = weights_of(w, b);
      weights.average_coef = average.view();
      weights.average_intercept = average_b;
      sgd_fit<double>(p.X.view(), p.targets(), o, {}, weights);
      std::vector<double> v(6);
      std::vector<double> sum(6);
      std::size_t count = 0;
      for (std::size_t begin = 0; begin < 30; begin += batch_size) {
        const std::size_t end = std::min<std::size_t>(30, begin + batch_size);
        std::vector<double> g(6);
        for (std::size_t i = begin; i < end; ++i) {
          double r = v[5] - p.y[i];
          for (std::size_t j = 0; j < 5; ++j) r += v[j] * p.X(i, j);
          for (std::size_t j = 0; j < 5; ++j) g[j] += r * p.X(i, j) / double(end - begin);
          g[5] += r / double(end - begin);
        }
        for (std::size_t j = 0; j < 5; ++j) v[j] -= 0.05 * (g[j] + 0.1 * v[j]);
        v[5] -= 0.05 * g[5];
        if (begin / batch_size + 1 < from) continue;
        ++count;
        for (std::size_t j = 0; j < 6; ++j) sum[j] += v[j];
      }
      for (std::size_t j = 0; j < 5; ++j) {
        CHECK(average(0, j) == doctest::Approx(sum[j] / double(count)).epsilon(1e-12));
      }
      CHECK(average_b[0] == doctest::Approx(sum[5] / double(count)).epsilon(1e-12));
    }
  }
}

TEST_CASE("full-batch descent ends where the gradient is zero") {
  const Problem p = make_regression(500, 4);
  const SgdOptions o{.loss = "squared_error",
                     .schedule = "constant",
                     .alpha = 0.01,
                     .eta0 = 0.5,
                     .batch_size = 0,
                     .max_iter = 2000,
                     .tol = -1e300};
  Matrix<double> w(1, 4);
  std::vector<double> b(1);
  sgd_fit<double>(p.X.view(), p.targets(), o, {}, weights_of(w, b));
  std::vector<double> gradient(5);
  for (std::size_t i = 0; i < 500; ++i) {
    double r = b[0] - p.y[i];
    for (std::size_t j = 0; j < 4; ++j) r += w(0, j) * p.X(i, j);
    for (std::size_t j = 0; j < 4; ++j) gradient[j] += r * p.X(i, j) / 500;
    gradient[4] += r / 500;
  }
  for (std::size_t j = 0; j < 4; ++j) CHECK(std::abs(gradient[j] + 0.01 * w(0, j)) < 1e-9);
  CHECK(std::abs(gradient[4]) < 1e-9);
}

TEST_CASE("dense and sparse rows give the same weights, for any number of threads") {
  const Problem p = make_regression(700, 6);
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> indptr{0};
  for (std::int64_t i = 0; i < 700; ++i) {
    for (std::int64_t j = 0; j < 6; ++j) indices.push_back(j);
    indptr.push_back(6 * (i + 1));
  }
  const std::span<const double> values(p.X.row(0), 700 * 6);
  for (const std::size_t batch_size : {1U, 64U, 300U}) {
    SgdOptions o{.loss = "huber", .schedule = "power", .eta0 = 0.05, .batch_size = batch_size};
    o.max_iter = 3;
    o.fit_intercept = batch_size > 1;  // one sparse row moves the intercept by part of a step
    Matrix<double> first(1, 6);
    std::vector<double> b(1);
    sgd_fit<double>(p.X.view(), p.targets(), o, {}, weights_of(first, b));
    for (const int n_threads : {1, 2, 3, 8}) {
      o.n_threads = n_threads;
      Matrix<double> again(1, 6);
      Matrix<double> sparse(1, 6);
      std::vector<double> bias(1);
      std::vector<double> sparse_bias(1);
      sgd_fit<double>(p.X.view(), p.targets(), o, {}, weights_of(again, bias));
      sgd_fit<double>(CsrView<double, std::int64_t>(values, indices, indptr, 6), p.targets(), o, {},
                      weights_of(sparse, sparse_bias));
      CHECK(bias == b);
      for (std::size_t j = 0; j < 6; ++j) {
        CHECK(again(0, j) == first(0, j));
        CHECK(sparse(0, j) == doctest::Approx(first(0, j)).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("divergence, bad options and a caller that stops end in their exceptions") {
  const Problem p = make_regression(50, 3);
  const auto fit = [&](const SgdOptions& o, const EpochCallback& stop) {
    Matrix<double> w(1, 3);
    std::vector<double> b(1);
    return sgd_fit<double>(p.X.view(), p.targets(), o, stop, weights_of(w, b));
  };
  SgdOptions wild{.loss = "squared_error", .schedule = "constant", .eta0 = 1e200};
  CHECK_THROWS_AS(fit(wild, {}), std::invalid_argument);
  wild.eta0 = 1e6;
  CHECK(fit(wild, {}).above_zero > 100);
  CHECK(fit({.loss = "huber", .schedule = "linear"}, {}).above_zero < 1);
  CHECK_THROWS_AS(fit({.loss = "squared"}, {}), std::invalid_argument);
  CHECK_THROWS_AS(fit({.schedule = "optimal", .alpha = 0}, {}), std::invalid_argument);
  CHECK_THROWS_AS(fit({.eta0 = 0}, {}), std::invalid_argument);
  CHECK_THROWS_AS(fit({.loss = "squared_error", .schedule = "linear"},
                      [](std::size_t epoch, std::span<double>) { return epoch == 2; }),
                  Interrupted);
}

}  // namespace slimline
