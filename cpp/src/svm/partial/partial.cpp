#include "slimline/partial.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>

#include "core/interrupt.hpp"
#include "core/registry.hpp"
#include "linalg/row_products.hpp"
#include "linear/losses.hpp"
#include "slimline/error.hpp"
#include "svm/newton/lagrangian.hpp"

namespace slimline {
namespace {

struct Term {
  double beta;
  double curvature;
  double gain;
  double loss;
};

// The box of beta for the losses with kinks: see svm.hpp.
template <class Loss>
ProxTerm box(double y, double cost, double beta, const PartLoss& loss) {
  const double h = loss.sigma * cost;
  if constexpr (std::is_same_v<Loss, Hinge>) {
    return {beta, h, 0, y > 0 ? 0 : -cost, y > 0 ? cost : 0};
  } else {
    return {beta, h, h * loss.epsilon, -cost, cost};
  }
}

template <class Loss>
Term term(const Loss& kind, const PartLoss& loss, double y, double cost, double beta, double p) {
  const LossPoint point = kind.at(p, y, loss.epsilon);
  if constexpr (SvmKink<Loss>) {
    const ProxValue value = prox(box<Loss>(y, cost, beta, loss), y - p);
    const double dead = std::is_same_v<Loss, Hinge> ? 0 : loss.epsilon * std::abs(value.beta);
    return {value.beta, value.slope, y * value.beta - dead, cost * point.value};
  } else {
    const double slope = -cost * point.gradient;
    return {slope, cost * point.curvature, cost * point.value + slope * p, cost * point.value};
  }
}

void check(const PartLoss& loss, std::size_t n, std::span<const double> y,
           std::span<const double> cost) {
  require(y.size() == n && cost.size() == n, "y, cost and scores must have one entry per row");
  const bool kinked = loss.name == Hinge::name || loss.name == EpsilonInsensitive::name;
  require(kinked == (loss.sigma > 0) && loss.beta.size() == (kinked ? n : 0),
          "losses with kinks, and they alone, need sigma > 0 and one multiplier a row");
}

// Calls f(k, beta) for every row with the multiplier that it has.
template <class F>
void each_row(const PartLoss& loss, std::size_t n, F&& f) {
  for (std::size_t k = 0; k < n; ++k) {
    check_interrupt_at(k);
    f(k, loss.beta.empty() ? 0.0 : loss.beta[k]);
  }
}

std::vector<std::size_t> rows_where(std::span<const double> h, std::vector<double>& values) {
  std::vector<std::size_t> rows;
  for (std::size_t k = 0; k < h.size(); ++k) {
    if (h[k] == 0) continue;
    rows.push_back(k);
    values.push_back(h[k]);
  }
  return rows;
}

std::vector<std::size_t> all_rows(const AnySamples& X) {
  std::vector<std::size_t> rows(n_rows(X));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

}  // namespace

std::vector<double> part_scores(const AnySamples& X, std::span<const double> w, double b,
                                int n_threads) {
  require(w.size() == n_columns(X), "w must have one entry a column of X");
  std::vector<double> scores(n_rows(X));
  row_products(X, all_rows(X), w, scores, n_threads);
  for (double& p : scores) p += b;
  return scores;
}

PartTerms part_terms(const PartLoss& loss, std::span<const double> y, std::span<const double> cost,
                     std::span<const double> scores) {
  const std::size_t n = scores.size();
  check(loss, n, y, cost);
  PartTerms terms{.beta = std::vector<double>(n), .curvature = std::vector<double>(n), .sums = {}};
  PartSums& sums = terms.sums;
  std::visit(
      [&](const auto& kind) {
        each_row(loss, n, [&](std::size_t k, double beta) {
          const Term t = term(kind, loss, y[k], cost[k], beta, scores[k]);
          terms.beta[k] = t.beta;
          terms.curvature[k] = t.curvature;
          (t.beta > 0 ? sums.up : sums.down) += t.beta;
          (t.beta > 0 ? sums.gain_up : sums.gain_down) += t.gain;
          sums.loss += t.loss;
          sums.support += t.beta != 0 ? 1 : 0;
        });
      },
      registry_make<Losses>(loss.name, "loss"));
  return terms;
}

std::vector<double> part_slopes(const PartLoss& loss, std::span<const double> y,
                                std::span<const double> cost, std::span<const double> scores,
                                std::span<const double> step, std::span<const double> lengths) {
  const std::size_t n = scores.size();
  check(loss, n, y, cost);
  require(step.size() == n, "step must have one entry per row");
  std::vector<double> slopes(lengths.size());
  std::visit(
      [&](const auto& kind) {
        each_row(loss, n, [&](std::size_t k, double beta) {
          for (std::size_t j = 0; j < lengths.size(); ++j) {
            const double p = scores[k] + lengths[j] * step[k];
            slopes[j] += term(kind, loss, y[k], cost[k], beta, p).beta * step[k];
          }
        });
      },
      registry_make<Losses>(loss.name, "loss"));
  return slopes;
}

std::vector<double> part_sum(const AnySamples& X, std::span<const double> a, int n_threads) {
  require(a.size() == n_rows(X), "a must have one entry per row of X");
  std::vector<double> values;
  const std::vector<std::size_t> rows = rows_where(a, values);
  std::vector<double> sum(n_columns(X));
  combine_rows(X, rows, values, sum, n_threads);
  return sum;
}

Matrix<double> part_hessian(const AnySamples& X, std::span<const double> h, int n_threads) {
  require(h.size() == n_rows(X), "h must have one entry per row of X");
  std::vector<double> values;
  const std::vector<std::size_t> rows = rows_where(h, values);
  Matrix<double> H(n_columns(X) + 1, n_columns(X) + 1);
  weighted_gram(X, rows, values, {}, H.view(), n_threads);
  for (std::size_t i = 0; i < H.rows(); ++i) std::fill(H.row(i) + i + 1, H.row(i) + H.cols(), 0.0);
  return H;
}

std::vector<double> part_diagonal(const AnySamples& X, std::span<const double> h) {
  require(h.size() == n_rows(X), "h must have one entry per row of X");
  std::vector<double> values;
  const std::vector<std::size_t> rows = rows_where(h, values);
  std::vector<double> diagonal(n_columns(X) + 1);
  add_squares(X, rows, values, {}, std::span(diagonal).first(n_columns(X)));
  diagonal.back() = std::accumulate(values.begin(), values.end(), 0.0);
  return diagonal;
}

}  // namespace slimline
