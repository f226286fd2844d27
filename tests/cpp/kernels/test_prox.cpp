#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/dispatch.hpp"
#include "slimline/random.hpp"
#include "svm/newton/lagrangian.hpp"
#include "svm/newton/rows.hpp"

namespace slimline {
namespace {

constexpr std::size_t kSizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 100};

// Terms of all kinds, from the second entry on, with s and beta'(s) where they are now.
struct Case {
  Workspace workspace;
  NewtonTerms terms;
  std::vector<double> s;
  std::vector<double> target;
  std::vector<double> df;
  std::vector<double> now;

  Case(std::size_t n, bool squared) : terms(workspace, n + 1, n % 2 == 0 ? 0 : 0.1) {
    Random random(n);
    const auto uniform = [&] { return 2 * random.uniform() - 1; };
    for (std::size_t k = 0; k <= n; ++k) {
      const double bound = squared ? std::numeric_limits<double>::infinity() : random.uniform();
      terms.lower[k] = k % 3 == 0 ? 0 : -bound;
      terms.upper[k] = k % 3 == 1 ? 0 : bound;
      terms.beta[k] = squared ? 0 : uniform() * bound;
      terms.h[k] = 3 * random.uniform();
      terms.spread[k] = 1 + random.uniform();
      for (auto* values : {&s, &target, &df, &now}) values->push_back(uniform());
    }
  }

  ProxTerm term(std::size_t k) const {
    return {.beta = terms.beta[k + 1],
            .h = terms.h[k + 1],
            .dead = terms.h[k + 1] * terms.epsilon,
            .lower = terms.lower[k + 1],
            .upper = terms.upper[k + 1]};
  }
  double at(std::size_t k, double move) const { return prox(term(k), s[k + 1] + move).beta; }
};

// f(table, case, n) for all instruction sets and sizes, for linear and for squared losses.
template <class F>
void for_all(bool squared, const F& f) {
  for (const kernels::KernelTable* table : kernels::available_tables()) {
    for (const std::size_t n : kSizes) {
      CAPTURE(table->name);
      CAPTURE(n);
      CAPTURE(squared);
      f(table->prox, Case(n, squared), n);
    }
  }
}

}  // namespace

TEST_CASE("prox values and slopes are those of each row") {
  for (const bool squared : {false, true}) {
    for_all(squared, [](const kernels::ProxKernels& prox, const Case& rows, std::size_t n) {
      std::vector<double> out(n + 1);
      prox.values(rows.terms.from(1), rows.s.data() + 1, n, out.data() + 1);
      for (std::size_t k = 0; k < n; ++k) CHECK(out[k + 1] == rows.at(k, 0));
      const double window = 0.3;
      prox.slopes(rows.terms.from(1), rows.s.data() + 1, window, n, out.data() + 1);
      for (std::size_t k = 0; k < n; ++k) {
        const double near = window * rows.terms.spread[k + 1];
        const double slope = (rows.at(k, near) - rows.at(k, -near)) / (2 * near);
        CHECK(out[k + 1] == doctest::Approx(slope).epsilon(1e-14));
        CHECK((out[k + 1] == 0) == (slope == 0));
      }
    });
  }
}

TEST_CASE("prox derivative sums the changes along a step") {
  for (const bool squared : {false, true}) {
    for_all(squared, [](const kernels::ProxKernels& prox, const Case& rows, std::size_t n) {
      const kernels::ProxStep step{.df = rows.df.data() + 1, .db = 0.2, .t = 0.7};
      double expected = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const double df = rows.df[k + 1] + step.db;
        expected += (rows.at(k, -step.t * df) - rows.now[k + 1]) * df;
      }
      const double sum =
          prox.derivative(rows.terms.from(1), rows.s.data() + 1, rows.now.data() + 1, step, n);
      CHECK(sum == doctest::Approx(expected).epsilon(1e-12));
    });
  }
}

TEST_CASE("prox sums are those of the objectives") {
  for (const bool squared : {false, true}) {
    for_all(squared, [&](const kernels::ProxKernels& prox, const Case& rows, std::size_t n) {
      kernels::ProxSums expected{};
      for (std::size_t k = 1; k <= n; ++k) {
        const double beta = rows.now[k];
        const double s = rows.s[k];
        const double curved = squared ? beta * beta / (2 * rows.terms.h[k]) : 0;
        const double excess = std::max(std::abs(s) - rows.terms.epsilon, 0.0);
        expected.balance += beta;
        expected.mass += std::abs(beta);
        expected.along += s * beta;
        expected.gain += rows.target[k] * beta - curved - rows.terms.epsilon * std::abs(beta);
        expected.loss +=
            squared ? curved : excess * (s > 0 ? rows.terms.upper[k] : -rows.terms.lower[k]);
      }
      const auto sums = squared ? prox.squared_sums : prox.linear_sums;
      const kernels::ProxSums found = sums(rows.terms.from(1), rows.target.data() + 1,
                                           rows.s.data() + 1, rows.now.data() + 1, n);
      CHECK(found.balance == doctest::Approx(expected.balance).epsilon(1e-12));
      CHECK(found.mass == doctest::Approx(expected.mass).epsilon(1e-12));
      CHECK(found.loss == doctest::Approx(expected.loss).epsilon(1e-12));
      CHECK(found.along == doctest::Approx(expected.along).epsilon(1e-12));
      CHECK(found.gain == doctest::Approx(expected.gain).epsilon(1e-12));
    });
  }
}

}  // namespace slimline
