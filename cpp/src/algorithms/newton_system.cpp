#include "algorithms/newton_system.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/cholesky.hpp"
#include "algorithms/svm_rows.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {
namespace {

// At 1024 columns a factorisation takes some 0.1 s; above, products with X are cheaper.
constexpr std::size_t kMaxCholesky = 1024;
// Keeps b determined when no row is active, and changes nothing otherwise.
constexpr double kInterceptRidge = 1e-8;
constexpr std::size_t kMaxCgSteps = 200;
constexpr double kCgReduction = 1e-3;

double norm2(std::span<const double> a) {
  return std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
}

void factorise(const NewtonSystem& system, MatrixView<double> H) {
  const std::size_t d = H.rows() - 1;
  weighted_gram(system.X, system.rows, system.weight, H, system.n_threads);
  for (std::size_t j = 0; j < d; ++j) H(j, j) += 1;
  H(d, d) += kInterceptRidge * std::max(1.0, H(d, d));
  if (!system.fit_intercept) {
    std::fill_n(H.row(d), d, 0.0);
    H(d, d) = 1;
  }
  factorise(H);
}

class ConjugateGradients {
 public:
  explicit ConjugateGradients(const NewtonSystem& system)
      : system_(system), products_(system.rows.size()) {}

  void solve(std::span<double> g) {
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
  }

 private:
  static double inner(std::span<const double> a, std::span<const double> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }
  static double norm(std::span<const double> a) { return std::sqrt(norm2(a)); }

  std::vector<double> diagonal(std::size_t size) const {
    std::vector<double> result(size);
    const std::span<double> of_w = std::span(result).first(size - 1);
    add_squares(system_.X, system_.rows, system_.weight, of_w);
    for (double& value : of_w) value += 1;
    result.back() = intercept_curvature();
    return result;
  }

  double intercept_curvature() const {
    if (!system_.fit_intercept) return 1;
    const double sum = std::accumulate(system_.weight.begin(), system_.weight.end(), 0.0);
    return sum + kInterceptRidge * std::max(1.0, sum);
  }

  void multiply(std::span<const double> p, std::span<double> out) {
    const std::size_t d = p.size() - 1;
    const double db = system_.fit_intercept ? p[d] : 0;
    row_products(system_.X, system_.rows, p.first(d), products_, system_.n_threads);
    double sum = 0;
    for (std::size_t k = 0; k < products_.size(); ++k) {
      products_[k] = system_.weight[k] * (products_[k] + db);
      sum += products_[k];
    }
    combine_rows(system_.X, system_.rows, products_, out.first(d), system_.n_threads);
    for (std::size_t j = 0; j < d; ++j) out[j] += p[j];
    out[d] = system_.fit_intercept ? sum + kInterceptRidge * p[d] : p[d];
  }

  const NewtonSystem& system_;
  std::vector<double> products_;
};

}  // namespace

void NewtonSolver::solve(const NewtonSystem& system, std::span<double> g) {
  if (!system.fit_intercept) g.back() = 0;
  if (g.size() - 1 > kMaxCholesky) {
    ConjugateGradients(system).solve(g);
    return;
  }
  if (factor_.rows() == 0) factor_ = Matrix<double>(g.size(), g.size());
  factorise(system, factor_.view());
  substitute(factor_.view(), g);
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
