// SAGA on sparse rows against a loop that makes every step on every column.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/saga/saga.hpp"
#include "slimline/random.hpp"
#include "slimline/sgd.hpp"

namespace slimline {
namespace {

constexpr std::size_t kRows = 60;
constexpr std::size_t kColumns = 23;
constexpr std::size_t kPerRow = 5;

// Rows of kPerRow entries, some of them in one column, the first row without any.
struct Sparse {
  std::vector<double> values;
  std::vector<std::int32_t> columns;
  std::vector<std::int32_t> begins = {0, 0};
  Matrix<double> dense{kRows, kColumns};

  Sparse() {
    Random random(3);
    for (std::size_t i = 1; i < kRows; ++i) {
      for (std::size_t k = 0; k < kPerRow; ++k) {
        values.push_back(2 * random.uniform() - 1);
        columns.push_back(static_cast<std::int32_t>(random.below(kColumns)));
        dense(i, static_cast<std::size_t>(columns.back())) += values.back();
      }
      begins.push_back(static_cast<std::int32_t>(values.size()));
    }
  }
  CsrView<double, std::int32_t> view() const { return {values, columns, begins, kColumns}; }
};

// Least squares for several targets, from weights that are not zero.
struct Learner {
  double alpha;
  Matrix<double> y;
  std::vector<double> sample_weight = std::vector<double>(kRows);
  Matrix<double> w;
  std::vector<double> b;
  SgdTargets targets;
  SgdOptions options{.loss = "squared_error",
                     .schedule = "auto",
                     .alpha = alpha,
                     .shuffle = false,
                     .max_iter = 3,
                     .tol = 0};
  EpochCallback no_callback;

  Learner(std::size_t n_outputs, double given_alpha)
      : alpha(given_alpha), y(kRows, n_outputs), w(n_outputs, kColumns), b(n_outputs, 0.25) {
    Random random(4);
    for (std::size_t i = 0; i < kRows; ++i) {
      sample_weight[i] = 0.5 + random.uniform();
      for (std::size_t c = 0; c < n_outputs; ++c) y(i, c) = 4 * random.uniform() - 2;
    }
    for (std::size_t c = 0; c < n_outputs; ++c) {
      for (std::size_t j = 0; j < kColumns; ++j) w(c, j) = random.uniform() / 2;
    }
    targets = {.y = y.view(),
               .sample_weight = sample_weight,
               .class_weight = {},
               .rows = {},
               .n_classes = 0};
  }

  SgdProblem<double> problem() {
    return {.targets = targets,
            .options = options,
            .loss = SquaredError{},
            .multinomial = false,
            .penalty = {.l1 = 0, .l2 = alpha},
            .schedule = Auto{},
            .on_epoch = no_callback,
            .weights = {.coef = w.view(),
                        .intercept = b,
                        .average_coef = {},
                        .average_intercept = {},
                        .squares = {},
                        .intercept_squares = {}},
            .labels = {},
            .zero = {}};
  }

  // Every step on every column; `largest`: s_i (|x_i|^2 + 1), as the trainer has it.
  void run_naively(const Matrix<double>& X, double largest, std::size_t n_epochs) {
    const double bound = largest + alpha;
    const double eta = 1 / (2 * bound + std::min(2 * alpha * kRows, bound));
    for (std::size_t c = 0; c < b.size(); ++c) {
      std::vector<double> kept(kRows);
      std::vector<double> gradient(kColumns + 1);
      for (std::size_t t = 0; t < n_epochs * kRows; ++t) {
        const std::size_t i = t % kRows;
        double p = b[c];
        for (std::size_t j = 0; j < kColumns; ++j) p += w(c, j) * X(i, j);
        const double change = sample_weight[i] * (p - y(i, c)) - kept[i];
        kept[i] += change;
        const auto n_kept = static_cast<double>(std::min(t + 1, kRows));
        for (std::size_t j = 0; j <= kColumns; ++j) {
          const double x = j < kColumns ? X(i, j) : 1;
          gradient[j] += change * x;
          double& weight = j < kColumns ? w(c, j) : b[c];
          const double penalty = j < kColumns ? alpha * weight : 0;
          weight -= eta * (change * x + gradient[j] / n_kept + penalty);
        }
      }
    }
  }
};

}  // namespace

TEST_CASE("SAGA that makes up for missed steps equals SAGA that misses none") {
  const Sparse X;
  // With alpha = 500 the scale of the weights becomes too small within an epoch.
  for (const auto& [n_outputs, alpha] :
       {std::pair{1U, 0.02}, {2U, 0.02}, {8U, 0.02}, {9U, 0.02}, {1U, 500.0}, {3U, 500.0}}) {
    CAPTURE(n_outputs);
    CAPTURE(alpha);
    Learner lazy(n_outputs, alpha);
    const SgdProblem<double> problem = lazy.problem();
    const auto rows = make_rows(X.view());
    const SgdResult result = SgdSaga(rows, problem).run();
    REQUIRE(result.n_iter[0] >= 2);
    Learner naive(n_outputs, alpha);
    double largest = 0;
    for (std::size_t i = 0; i < kRows; ++i) {
      largest = std::max(largest, naive.sample_weight[i] * (rows.squared_norm(i) + 1));
    }
    naive.run_naively(X.dense, largest, result.n_iter[0]);
    for (std::size_t c = 0; c < n_outputs; ++c) {
      CHECK(lazy.b[c] == doctest::Approx(naive.b[c]).epsilon(1e-9));
      for (std::size_t j = 0; j < kColumns; ++j) {
        CHECK(lazy.w(c, j) == doctest::Approx(naive.w(c, j)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("sums of sparse rows are those of their entries, for any number of outputs") {
  const Sparse X;
  const auto rows = make_rows(X.view());
  for (const std::size_t n_outputs : {1U, 7U, 8U, 17U}) {
    CAPTURE(n_outputs);
    const std::size_t width = padded_outputs(n_outputs);
    Random random(5);
    Matrix<double> W(kColumns, width);
    for (std::size_t j = 0; j < kColumns; ++j) {
      for (std::size_t c = 0; c < width; ++c) W(j, c) = random.uniform();
    }
    Matrix<double> sums(kColumns, width);
    Matrix<double> naive(kColumns, width);
    std::vector<double> products(width);
    for (std::size_t i = 0; i < kRows; ++i) {
      rows.dots(i, W.view(), products.data());
      rows.axpys(i, products.data(), sums.view());
      for (std::size_t c = 0; c < width; ++c) {
        double product = 0;
        for (std::size_t j = 0; j < kColumns; ++j) product += X.dense(i, j) * W(j, c);
        CHECK(products[c] == doctest::Approx(product));
        for (std::size_t j = 0; j < kColumns; ++j) naive(j, c) += product * X.dense(i, j);
      }
    }
    for (std::size_t j = 0; j < kColumns; ++j) {
      for (std::size_t c = 0; c < width; ++c) CHECK(sums(j, c) == doctest::Approx(naive(j, c)));
    }
  }
}

}  // namespace slimline
