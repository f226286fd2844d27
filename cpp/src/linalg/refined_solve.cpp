#include "linalg/refined_solve.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/dispatch.hpp"
#include "linalg/cholesky.hpp"

namespace slimline {

void solve_refined(MatrixView<const double> A, double ridge, std::span<double> x) {
  Matrix<double> factor(A.rows(), A.rows());
  for (std::size_t i = 0; i < A.rows(); ++i) {
    std::copy_n(A.row(i), A.rows(), factor.row(i));
    factor(i, i) *= 1 + ridge;
  }
  factorise(factor.view());
  std::vector<double> rest(x.begin(), x.end());
  substitute(factor.view(), x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    rest[i] -= kernels::vector_kernels<double>().dot(A.row(i), x.data(), x.size());
  }
  substitute(factor.view(), rest);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += rest[i];
}

}  // namespace slimline
