#include "linalg/standardised.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>

namespace slimline {
namespace {

template <class T>
void copy_row(const MatrixView<const T>& X, std::size_t i, double* out) {
  const T* x = X.row(i);
  for (std::size_t j = 0; j < X.cols(); ++j) out[j] = static_cast<double>(x[j]);
}

template <class T, class Index>
void copy_row(const CsrView<T, Index>& X, std::size_t i, double* out) {
  const auto values = X.values(i);
  const auto indices = X.indices(i);
  for (std::size_t k = 0; k < values.size(); ++k) out[indices[k]] += static_cast<double>(values[k]);
}

// Takes the weighted mean of each column from it. Sums run over differences from the first row, so
// that an offset costs them nothing.
void centre_columns(Standardised& copy, std::span<const double> weight, double total) {
  const std::size_t d = copy.rows.cols();
  const std::vector<double> first(copy.rows.row(0), copy.rows.row(0) + d);
  std::vector<double> mean(d);
  for (std::size_t k = 0; k < copy.rows.rows(); ++k) {
    double* z = copy.rows.row(k);
    for (std::size_t j = 0; j < d; ++j) {
      z[j] -= first[j];
      mean[j] += weight[k] / total * z[j];
    }
  }
  for (std::size_t k = 0; k < copy.rows.rows(); ++k) {
    double* z = copy.rows.row(k);
    for (std::size_t j = 0; j < d; ++j) z[j] -= mean[j];
  }
  for (std::size_t j = 0; j < d; ++j) copy.centre[j] = first[j] + mean[j];
}

// Divides each column by the root of its weighted mean square, taken in units of its largest value:
// squares neither overflow nor vanish.
void scale_columns(Standardised& copy, std::span<const double> weight, double total) {
  const std::size_t n = copy.rows.rows();
  const std::size_t d = copy.rows.cols();
  std::vector<double> largest(d);
  std::vector<double> squares(d);
  for (std::size_t k = 0; k < n; ++k) {
    const double* z = copy.rows.row(k);
    for (std::size_t j = 0; j < d; ++j) largest[j] = std::max(largest[j], std::abs(z[j]));
  }
  for (double& value : largest) value = value > 0 ? value : 1;
  for (std::size_t k = 0; k < n; ++k) {
    const double* z = copy.rows.row(k);
    for (std::size_t j = 0; j < d; ++j) {
      const double part = z[j] / largest[j];
      squares[j] += weight[k] / total * part * part;
    }
  }
  for (std::size_t j = 0; j < d; ++j) {
    copy.scale[j] = squares[j] > 0 ? largest[j] * std::sqrt(squares[j]) : 1;
  }
  for (std::size_t k = 0; k < n; ++k) {
    double* z = copy.rows.row(k);
    for (std::size_t j = 0; j < d; ++j) z[j] /= copy.scale[j];
  }
}

}  // namespace

Standardised standardise(const AnySamples& X, std::span<const std::size_t> rows,
                         std::span<const double> weight, bool centred) {
  const std::size_t d = std::visit([](const auto& view) { return view.cols(); }, X);
  Standardised copy{Matrix<double>(rows.size(), d), std::vector<double>(d),
                    std::vector<double>(d, 1.0)};
  std::visit(
      [&](const auto& view) {
        for (std::size_t k = 0; k < rows.size(); ++k) copy_row(view, rows[k], copy.rows.row(k));
      },
      X);
  if (rows.empty()) return copy;
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  if (centred) centre_columns(copy, weight, total);
  scale_columns(copy, weight, total);
  return copy;
}

}  // namespace slimline
