#include "linalg/centred_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linalg/row_ops.hpp"
#include "linalg/row_products.hpp"

namespace slimline {
namespace {

constexpr std::size_t kSample = 256;  // rows: their mean is within a sixteenth of a deviation
constexpr std::size_t kMostCopied = std::size_t{1} << 26U;  // values: 512 MB
constexpr double kLeastDensity = 0.5;  // of sparse rows: others have no column of a large mean

template <class T>
bool is_sparse(const MatrixView<const T>&) {
  return false;
}
template <class T, class Index>
bool is_sparse(const CsrView<T, Index>&) {
  return true;
}

// The mean of some rows; of sparse ones 0 for columns that differ by more than that.
std::vector<double> centre_of(const AnySamples& X, std::span<const std::size_t> rows) {
  const std::size_t count = std::min(kSample, rows.size());
  std::vector<std::size_t> sample(count);
  for (std::size_t k = 0; k < count; ++k) sample[k] = rows[k * rows.size() / count];
  const std::vector<double> shares(count, 1 / static_cast<double>(std::max<std::size_t>(1, count)));
  std::vector<double> centre(n_columns(X));
  add_rows(X, sample, shares, centre);
  if (!std::visit([](const auto& view) { return is_sparse(view); }, X)) return centre;
  std::vector<double> squares(centre.size());
  add_squares(X, sample, shares, {}, squares);
  for (std::size_t j = 0; j < centre.size(); ++j) {
    if (2 * centre[j] * centre[j] <= squares[j]) centre[j] = 0;
  }
  return centre;
}

template <class T>
bool dense_enough(const MatrixView<const T>&) {
  return true;
}
template <class T, class Index>
bool dense_enough(const CsrView<T, Index>& X) {
  return static_cast<double>(X.n_nonzero()) >=
         kLeastDensity * static_cast<double>(X.rows()) * static_cast<double>(X.cols());
}

}  // namespace

CentredRows::CentredRows(const AnySamples& X, std::span<const std::size_t> rows, double most_common)
    : given_(X), centre_(centre_of(X, rows)), samples_(X) {
  const double largest = std::transform_reduce(
      centre_.begin(), centre_.end(), 0.0, [](double a, double b) { return std::max(a, b); },
      [](double m) { return std::abs(m); });
  if (!(largest > most_common) || n_rows(X) * n_columns(X) > kMostCopied) return;
  std::visit(
      [&](const auto& view) {
        if (!dense_enough(view)) return;
        copy_ = Matrix<double>(view.rows(), view.cols());
        for (std::size_t i = 0; i < view.rows(); ++i) {
          double* row = copy_.row(i);
          axpy(view, i, 1.0, row);
          for (std::size_t j = 0; j < view.cols(); ++j) row[j] -= centre_[j];
        }
      },
      X);
  if (copied()) samples_ = MatrixView<const double>(copy_.view());
}

double CentredRows::shift(std::span<const double> w) const {
  if (!copied()) return 0;
  return std::inner_product(w.begin(), w.end(), centre_.begin(), 0.0);
}

}  // namespace slimline
