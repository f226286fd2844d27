#include "linalg/cholesky.hpp"

#include <cmath>
#include <cstddef>

#include "core/interrupt.hpp"
#include "kernels/dispatch.hpp"

namespace slimline {

void factorise(MatrixView<double> A) {
  const auto dot = kernels::vector_kernels<double>().dot;
  for (std::size_t i = 0; i < A.rows(); ++i) {
    if (i % 16 == 15) check_interrupt();
    double* row = A.row(i);
    for (std::size_t j = 0; j < i; ++j) row[j] = (row[j] - dot(row, A.row(j), j)) / A(j, j);
    const double pivot = row[i] - dot(row, row, i);
    row[i] = std::sqrt(pivot > 1e-14 * row[i] ? pivot : row[i]);
  }
}

void substitute(MatrixView<const double> L, std::span<double> x) {
  const auto& kernels = kernels::vector_kernels<double>();
  for (std::size_t i = 0; i < L.rows(); ++i) {
    x[i] = (x[i] - kernels.dot(L.row(i), x.data(), i)) / L(i, i);
  }
  for (std::size_t i = L.rows(); i-- > 0;) {
    x[i] /= L(i, i);
    kernels.axpy(-x[i], L.row(i), x.data(), i);
  }
}

}  // namespace slimline
