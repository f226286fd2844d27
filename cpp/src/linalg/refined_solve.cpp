#include "linalg/refined_solve.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/dispatch.hpp"
#include "linalg/cholesky.hpp"

namespace slimline {

RefinedSystem::RefinedSystem(MatrixView<const double> A, double ridge)
    : A_(A), factor_(A.rows(), A.rows()) {
  for (std::size_t i = 0; i < A.rows(); ++i) {
    std::copy_n(A.row(i), A.rows(), factor_.row(i));
    factor_(i, i) *= 1 + ridge;
  }
  factorise(factor_.view());
}

void RefinedSystem::solve(std::span<double> x) const {
  std::vector<double> rest(x.begin(), x.end());
  substitute(factor_.view(), x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    rest[i] -= kernels::vector_kernels<double>().dot(A_.row(i), x.data(), x.size());
  }
  substitute(factor_.view(), rest);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += rest[i];
}

void solve_refined(MatrixView<const double> A, double ridge, std::span<double> x) {
  RefinedSystem(A, ridge).solve(x);
}

}  // namespace slimline
