#include "slimline/prune.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// One output. The weights that are still there stay the first `n_left` rows and columns.
class Elimination {
 public:
  Elimination(MatrixView<const double> inverse, const double* w)
      : inverse_(inverse.rows(), inverse.rows()),
        weights_(w, w + inverse.rows()),
        names_(inverse.rows()),
        n_left_(inverse.rows()) {
    std::iota(names_.begin(), names_.end(), 0);
    for (std::size_t i = 0; i < n_left_; ++i) {
      std::copy_n(inverse.row(i), n_left_, inverse_.row(i));
    }
  }

  // Removes the cheapest weight; returns its name and half the squared error that it costs.
  std::pair<std::int32_t, double> step() {
    std::size_t cheapest = 0;
    double least = cost(0);
    for (std::size_t i = 1; i < n_left_; ++i) {
      if (cost(i) < least) least = cost(cheapest = i);
    }
    const std::int32_t name = names_[cheapest];
    move_to_end(cheapest);
    remove_last();
    return {name, least / 2};
  }

 private:
  double cost(std::size_t i) const { return weights_[i] * weights_[i] / inverse_(i, i); }

  void move_to_end(std::size_t i) {
    const std::size_t last = n_left_ - 1;
    std::swap_ranges(inverse_.row(i), inverse_.row(i) + n_left_, inverse_.row(last));
    for (std::size_t r = 0; r < n_left_; ++r) std::swap(inverse_(r, i), inverse_(r, last));
    std::swap(weights_[i], weights_[last]);
    std::swap(names_[i], names_[last]);
  }

  void remove_last() {
    const std::size_t last = --n_left_;
    const auto axpy = kernels::active_table().f64.axpy;
    for (std::size_t i = 0; i < last; ++i) {
      const double factor = inverse_(i, last) / inverse_(last, last);
      weights_[i] -= factor * weights_[last];
      axpy(-factor, inverse_.row(last), inverse_.row(i), last);
    }
  }

  Matrix<double> inverse_;
  std::vector<double> weights_;
  std::vector<std::int32_t> names_;
  std::size_t n_left_;
};

}  // namespace

void eliminate(MatrixView<const double> inverse, MatrixView<const double> W,
               MatrixView<std::int32_t> order, MatrixView<double> loss, int n_threads) {
  const std::size_t d = W.cols();
  require(inverse.rows() == d && inverse.cols() == d, "inverse must have a row for each input");
  require(
      order.rows() == W.rows() && order.cols() == d && loss.rows() == W.rows() && loss.cols() == d,
      "the outputs must have the shape of W");
  parallel_for(W.rows(), 1, n_threads, [&](std::size_t i, std::size_t, std::size_t) {
    Elimination elimination(inverse, W.row(i));
    for (std::size_t k = 0; k < d; ++k) {
      check_interrupt();
      std::tie(order(i, k), loss(i, k)) = elimination.step();
    }
  });
}

}  // namespace slimline
