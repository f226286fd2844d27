#include "svm/newton/system.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/dispatch.hpp"
#include "linalg/cholesky.hpp"
#include "linalg/row_products.hpp"

namespace slimline {
namespace {

// At 1024 columns a factorisation takes some 0.1 s. For more, products with X are cheaper.
constexpr std::size_t kMaxCholesky = 1024;
constexpr double kMostChanged = 0.5;  // of the rows; with more the matrix is computed anew
constexpr double kSameWeight = 1e-6;  // smaller differences of weights are mostly rounding
constexpr std::size_t kMaxCgSteps = 200;
constexpr double kCgReduction = 1e-3;

double inner(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double norm2(std::span<const double> a) { return inner(a, a); }

class ConjugateGradients {
 public:
  explicit ConjugateGradients(const NewtonSystem& system)
      : system_(system), products_(system.rows.size()) {
    if (system.fit_intercept) centre_ = system.centre;
  }

  void solve(std::span<double> g) {
    const bool tied = !system_.fit_intercept;
    if (tied) {
      for (std::size_t j = 0; j < system_.centre.size(); ++j) g[j] += g.back() * system_.centre[j];
      g.back() = 0;
    }
    const std::vector<double> diagonal = this->diagonal(g.size());
    std::vector<double> x(g.size());
    std::vector<double> z(g.size());
    std::vector<double> p(g.size());
    std::vector<double> Hp(g.size());
    double rz = 0;
    const double target = kCgReduction * norm(g);
    for (std::size_t step = 0; step < kMaxCgSteps && norm(g) > target; ++step) {
      for (std::size_t j = 0; j < g.size(); ++j) z[j] = g[j] / diagonal[j];
      const double previous = rz;
      rz = inner(g, z);
      const double beta = step == 0 ? 0 : rz / previous;
      for (std::size_t j = 0; j < g.size(); ++j) p[j] = z[j] + beta * p[j];
      multiply(p, Hp);
      const double alpha = rz / inner(p, Hp);
      for (std::size_t j = 0; j < g.size(); ++j) {
        x[j] += alpha * p[j];
        g[j] -= alpha * Hp[j];
      }
    }
    std::copy(x.begin(), x.end(), g.begin());
    if (tied) g.back() = inner(system_.centre, std::span(x).first(system_.centre.size()));
  }

 private:
  static double norm(std::span<const double> a) { return std::sqrt(norm2(a)); }

  std::vector<double> diagonal(std::size_t size) const {
    std::vector<double> result(size);
    const std::span<double> of_w = std::span(result).first(size - 1);
    add_squares(system_.X, system_.rows, system_.weight, centre_, of_w);
    for (double& value : of_w) value += 1;
    result.back() = intercept_curvature();
    return result;
  }

  double intercept_curvature() const {
    if (!system_.fit_intercept) return 1;
    return std::accumulate(system_.weight.begin(), system_.weight.end(), system_.intercept_ridge);
  }

  void multiply(std::span<const double> p, std::span<double> out) {
    const std::size_t d = p.size() - 1;
    row_products(system_.X, system_.rows, p.first(d), products_, system_.n_threads);
    const double common = inner(centre_, p.first(centre_.size()));
    const double db = (system_.fit_intercept ? p[d] : 0) - common;
    double sum = 0;
    for (std::size_t k = 0; k < products_.size(); ++k) {
      products_[k] = system_.weight[k] * (products_[k] + db);
      sum += products_[k];
    }
    combine_rows(system_.X, system_.rows, products_, out.first(d), system_.n_threads);
    for (std::size_t j = 0; j < d; ++j) out[j] += p[j];
    for (std::size_t j = 0; j < centre_.size(); ++j) out[j] -= sum * centre_[j];
    out[d] = system_.fit_intercept ? sum + system_.intercept_ridge * p[d] : p[d];
  }

  const NewtonSystem& system_;
  std::span<const double> centre_;
  std::vector<double> products_;
};

// x becomes the solution that keeps x.back() = m . x for the centre m, by a multiplier.
void tie_intercept(MatrixView<const double> factor, std::span<const double> centre,
                   std::span<double> x) {
  std::vector<double> tie(x.size());
  std::copy(centre.begin(), centre.end(), tie.begin());
  tie.back() = -1;
  std::vector<double> z = tie;
  substitute(factor, z);
  const double multiplier = inner(tie, x) / inner(tie, z);
  for (std::size_t j = 0; j < x.size(); ++j) x[j] -= multiplier * z[j];
}

}  // namespace

void NewtonSolver::solve(const NewtonSystem& system, std::span<double> g) {
  if (g.size() - 1 > kMaxCholesky) {
    ConjugateGradients(system).solve(g);
    return;
  }
  if (factor_.rows() == 0) {
    factor_ = Matrix<double>(g.size(), g.size());
    sum_ = Matrix<double>(g.size(), g.size());
  }
  if (updates_) {
    update_sum(system);
  } else {
    sum_anew(system);
  }
  const std::size_t d = g.size() - 1;
  for (std::size_t j = 0; j <= d; ++j) {
    std::copy_n(sum_.row(j), j + 1, factor_.row(j));
    if (j < d) factor_(j, j) += 1;
  }
  // Where the intercept is tied the centre multiplies what a ridge changes: none but for a zero.
  if (system.fit_intercept) {
    factor_(d, d) += system.intercept_ridge;
  } else {
    factor_(d, d) = std::max(factor_(d, d), system.intercept_ridge);
  }
  factorise(factor_.view());
  substitute(factor_.view(), g);
  if (!system.fit_intercept) tie_intercept(factor_.view(), system.centre, g);
}

bool NewtonSolver::forget() {
  weight_.clear();
  return updated_;
}

void NewtonSolver::sum_anew(const NewtonSystem& system) {
  weighted_gram(system.X, system.rows, system.weight, system.centre, sum_.view(), system.n_threads);
  updated_ = false;
}

void NewtonSolver::update_sum(const NewtonSystem& system) {
  std::vector<double> weight(n_rows(system.X));
  for (std::size_t k = 0; k < system.rows.size(); ++k) weight[system.rows[k]] = system.weight[k];
  std::array<std::vector<std::size_t>, 2> rows;  // whose weights grew, and fell
  std::array<std::vector<double>, 2> changes;
  for (std::size_t i = 0; i < weight_.size(); ++i) {
    const double change = weight[i] - weight_[i];
    if (std::abs(change) <= kSameWeight * weight_[i]) {
      weight[i] = weight_[i];
      continue;
    }
    rows[change < 0 ? 1 : 0].push_back(i);
    changes[change < 0 ? 1 : 0].push_back(std::abs(change));
  }
  const auto changed = static_cast<double>(rows[0].size() + rows[1].size());
  if (weight_.empty() || changed > kMostChanged * static_cast<double>(system.rows.size())) {
    for (std::size_t k = 0; k < system.rows.size(); ++k) weight[system.rows[k]] = system.weight[k];
    sum_anew(system);
  } else {
    for (const std::size_t fell : {0U, 1U}) {
      weighted_gram(system.X, rows[fell], changes[fell], system.centre, factor_.view(),
                    system.n_threads);
      for (std::size_t i = 0; i < sum_.rows(); ++i) {
        for (std::size_t j = 0; j <= i; ++j)
          sum_(i, j) += fell == 0 ? factor_(i, j) : -factor_(i, j);
      }
    }
    updated_ = true;
  }
  weight_ = std::move(weight);
}

double NewtonSolver::curvature(std::span<const double> v) const {
  if (factor_.rows() == 0) return 0;
  std::vector<double> product(v.size());  // L' v
  for (std::size_t i = 0; i < v.size(); ++i) {
    kernels::vector_kernels<double>().axpy(v[i], factor_.row(i), product.data(), i + 1);
  }
  return norm2(product);
}

}  // namespace slimline
