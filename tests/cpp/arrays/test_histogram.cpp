// Bins of values: against counting edges one by one, at edges, and for what is no number.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "slimline/histogram.hpp"
#include "slimline/random.hpp"

namespace slimline {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

TEST_CASE("histogram: every value in the bin of the edges at or below it") {
  Random rng(7);
  for (const std::size_t n_edges : {1U, 2U, 3U, 4U, 7U, 8U, 33U, 255U}) {
    CAPTURE(n_edges);
    Matrix<float> edges(3, n_edges);
    for (std::size_t f = 0; f < 3; ++f) {
      for (std::size_t e = 0; e < n_edges; ++e) {
        edges(f, e) = static_cast<float>(e) * static_cast<float>(f + 1) - 5.0F;
      }
    }
    Matrix<float> X(200, 3);
    for (std::size_t i = 0; i < X.rows(); ++i) {
      for (std::size_t f = 0; f < 3; ++f) X(i, f) = static_cast<float>(rng.below(600)) / 2 - 20;
    }
    X(0, 0) = kInf;
    X(1, 0) = -kInf;
    X(2, 0) = std::nanf("");
    X(3, 0) = std::numeric_limits<float>::max();
    Matrix<std::int64_t> expected(3, n_edges + 2);
    for (std::size_t i = 0; i < X.rows(); ++i) {
      for (std::size_t f = 0; f < 3; ++f) {
        std::size_t bin = 0;
        for (std::size_t e = 0; e < n_edges; ++e) bin += edges(f, e) <= X(i, f) ? 1 : 0;
        expected(f, std::isnan(X(i, f)) ? n_edges + 1 : bin) += 1;
      }
    }
    Matrix<std::int64_t> counts(3, n_edges + 2);
    add_to_histogram(std::as_const(X).view(), std::as_const(edges).view(), counts.view());
    for (std::size_t f = 0; f < 3; ++f) {
      for (std::size_t b = 0; b < n_edges + 2; ++b) CHECK(counts(f, b) == expected(f, b));
    }
  }
}

TEST_CASE("histogram: counts are added to what is there; shapes must fit") {
  Matrix<float> X(1, 2);
  Matrix<float> edges(2, 1);
  Matrix<std::int64_t> counts(2, 3);
  for (int i = 0; i < 2; ++i) {
    add_to_histogram(std::as_const(X).view(), std::as_const(edges).view(), counts.view());
  }
  CHECK(counts(0, 1) == 2);
  Matrix<float> none(2, 0);
  CHECK_THROWS_AS(
      add_to_histogram(std::as_const(X).view(), std::as_const(none).view(), counts.view()),
      std::invalid_argument);
  Matrix<float> three(3, 1);
  CHECK_THROWS_AS(
      add_to_histogram(std::as_const(X).view(), std::as_const(three).view(), counts.view()),
      std::invalid_argument);
  Matrix<std::int64_t> narrow(2, 2);
  CHECK_THROWS_AS(
      add_to_histogram(std::as_const(X).view(), std::as_const(edges).view(), narrow.view()),
      std::invalid_argument);
}

}  // namespace
}  // namespace slimline
