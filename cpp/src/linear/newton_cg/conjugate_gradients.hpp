// Conjugate gradients on the Newton systems of all outputs at once, which share the passes over X.
// One-vs-rest outputs are separate systems; with "multinomial" all outputs are one system.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include "linear/newton_cg/passes.hpp"
#include "linear/problem.hpp"

namespace slimline {

// Which system an output belongs to, and arithmetic by system.
template <class T>
class OutputGroups {
 public:
  using Direction = NewtonDirection<T>;

  explicit OutputGroups(const SgdProblem<T>& problem)
      : coupled_(problem.multinomial), n_outputs_(problem.n_outputs()) {}

  std::size_t size() const { return coupled_ ? 1 : n_outputs_; }
  // The outputs of group g are first(g) to last(g) - 1.
  std::size_t first(std::size_t g) const { return coupled_ ? 0 : g; }
  std::size_t last(std::size_t g) const { return coupled_ ? n_outputs_ : g + 1; }
  std::size_t of(std::size_t c) const { return coupled_ ? 0 : c; }

  // f(c) summed over the outputs of each group
  template <class F>
  std::vector<double> sums(F&& f) const {
    std::vector<double> result(size());
    for (std::size_t c = 0; c < n_outputs_; ++c) result[of(c)] += f(c);
    return result;
  }
  std::vector<double> inner(const Direction& a, const Direction& b) const {
    std::vector<double> result(size());
    for (std::size_t g = 0; g < result.size(); ++g) result[g] = inner(g, a, b);
    return result;
  }
  // of one group
  double inner(std::size_t g, const Direction& a, const Direction& b) const {
    double sum = 0;
    for (std::size_t c = first(g); c < last(g); ++c) {
      const double* x = a.coef.row(c);
      sum +=
          std::inner_product(x, x + a.coef.cols(), b.coef.row(c), a.intercept[c] * b.intercept[c]);
    }
    return sum;
  }
  // y = f x + y
  void add_scaled(std::span<const double> f, const Direction& x, Direction& y) const {
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double factor = f[of(c)];
      for (std::size_t j = 0; j < x.coef.cols(); ++j) y.coef(c, j) += factor * x.coef(c, j);
      y.intercept[c] += factor * x.intercept[c];
    }
  }
  // y = x + f y
  void turn(std::span<const double> f, const Direction& x, Direction& y) const {
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double factor = f[of(c)];
      for (std::size_t j = 0; j < x.coef.cols(); ++j) {
        y.coef(c, j) = x.coef(c, j) + factor * y.coef(c, j);
      }
      y.intercept[c] = x.intercept[c] + factor * y.intercept[c];
    }
  }

 private:
  bool coupled_;
  std::size_t n_outputs_;
};

template <class T, class Rows>
class ConjugateGradients {
 public:
  using Direction = NewtonDirection<T>;
  // z = M^-1 r for a fixed symmetric M
  using Precondition = std::function<void(const Direction& r, Direction& z)>;
  // Whether group g may end: `part` is its residual in the norm of M^-1, squared, in units of what
  // it was.
  using Enough = std::function<bool(std::size_t g, double part)>;

  ConjugateGradients(NewtonPasses<T, Rows>& passes, const SgdProblem<T>& problem,
                     Precondition precondition)
      : passes_(passes),
        groups_(problem),
        precondition_(std::move(precondition)),
        step_(problem.n_outputs(), problem.n_features()),
        residual_(step_),
        search_(step_) {}

  const OutputGroups<T>& groups() const { return groups_; }
  // H step = residual - gradient
  const Direction& step() const { return step_; }
  const Direction& residual() const { return residual_; }

  // H step = -gradient, nearly, in the groups where `done` is 0, within `max_passes` passes in all.
  void solve(const Direction& gradient, std::span<const char> done, std::size_t max_passes,
             const Enough& enough) {
    begin(gradient);
    Direction preconditioned = step_;
    Direction product = step_;
    precondition_(residual_, preconditioned);
    search_ = preconditioned;
    std::vector<double> rz = groups_.inner(residual_, preconditioned);
    const std::vector<double> start = rz;
    std::vector<char> running(groups_.size());
    for (std::size_t g = 0; g < running.size(); ++g) running[g] = done[g] == 0 && rz[g] > 0;
    std::vector<double> alpha(running.size());
    std::vector<double> beta(running.size());
    while (passes_.count() < max_passes && std::ranges::find(running, 1) != running.end()) {
      passes_.hessian_product(search_, product);
      const std::vector<double> curvature = groups_.inner(search_, product);
      for (std::size_t g = 0; g < running.size(); ++g) {
        if (!(curvature[g] > 0)) running[g] = 0;
        alpha[g] = running[g] != 0 ? rz[g] / curvature[g] : 0;
      }
      groups_.add_scaled(alpha, search_, step_);
      for (double& a : alpha) a = -a;
      groups_.add_scaled(alpha, product, residual_);
      precondition_(residual_, preconditioned);
      const std::vector<double> next = groups_.inner(residual_, preconditioned);
      for (std::size_t g = 0; g < running.size(); ++g) {
        if (running[g] != 0 && (!(next[g] > 0) || enough(g, next[g] / start[g]))) running[g] = 0;
        beta[g] = running[g] != 0 ? next[g] / rz[g] : 0;
      }
      rz = next;
      groups_.turn(beta, preconditioned, search_);
    }
  }

 private:
  void begin(const Direction& gradient) {
    step_.clear();
    residual_ = gradient;
    for (std::size_t c = 0; c < residual_.intercept.size(); ++c) {
      for (std::size_t j = 0; j < residual_.coef.cols(); ++j) residual_.coef(c, j) *= -1;
      residual_.intercept[c] *= -1;
    }
  }

  NewtonPasses<T, Rows>& passes_;
  OutputGroups<T> groups_;
  Precondition precondition_;
  Direction step_;
  Direction residual_;  // -gradient - H step
  Direction search_;
};

}  // namespace slimline
