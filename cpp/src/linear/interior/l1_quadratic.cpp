#include "linear/interior/l1_quadratic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/interrupt.hpp"
#include "kernels/dispatch.hpp"
#include "linalg/refined_solve.hpp"

namespace slimline {
namespace {

constexpr std::size_t kMostEpochs = 500;
constexpr double kPrecision = 1e-10;  // of the largest change at first, in units of the diagonal
constexpr double kRidge = 1e-13;      // of the diagonal: repeated columns stay apart

class L1Quadratic {
 public:
  L1Quadratic(MatrixView<const double> H, std::span<const double> q, std::span<const double> l1,
              std::span<double> x)
      : H_(H), l1_(l1), x_(x), slope_(q.begin(), q.end()) {
    for (std::size_t j = 0; j < x.size(); ++j) move(j, x[j], 0);
  }

  void run() {
    double first = 0;
    for (std::size_t epoch = 0; epoch < kMostEpochs; ++epoch) {
      check_interrupt();
      const double change = descend();
      first = std::max(first, change);
      if (change <= kPrecision * first) return;
      for (std::size_t k = 0; k <= x_.size() && !jump(); ++k) check_interrupt();
    }
  }

 private:
  // The slopes where x_j becomes `to`.
  void move(std::size_t j, double to, double from) {
    if (to == from) return;
    kernels::vector_kernels<double>().axpy(to - from, H_.row(j), slope_.data(), slope_.size());
  }

  // Every coordinate to its minimum; returns the largest change, times the root of the curvature.
  double descend() {
    double largest = 0;
    for (std::size_t j = 0; j < x_.size(); ++j) {
      const double h = H_(j, j);
      const double target = x_[j] - slope_[j] / h;
      const double to = std::copysign(std::max(0.0, std::abs(target) - l1_[j] / h), target);
      largest = std::max(largest, std::abs(to - x_[j]) * std::sqrt(h));
      move(j, to, x_[j]);
      x_[j] = to;
    }
    return largest;
  }

  // Towards the minimum for the signs of x, up to the first that changes; true where none does.
  bool jump() {
    std::vector<std::size_t> used;
    for (std::size_t j = 0; j < x_.size(); ++j) {
      if (x_[j] != 0 || l1_[j] == 0) used.push_back(j);
    }
    const std::vector<double> step = solve(used);
    double length = 1;
    for (std::size_t k = 0; k < used.size(); ++k) {
      const double x = x_[used[k]];
      if (l1_[used[k]] > 0 && (x + step[k]) * x < 0) length = std::min(length, -x / step[k]);
    }
    for (std::size_t k = 0; k < used.size(); ++k) {
      const std::size_t j = used[k];
      const double to = x_[j] + length * step[k];
      const bool ends = l1_[j] > 0 && to * x_[j] <= 0;
      move(j, ends ? 0 : to, x_[j]);
      x_[j] = ends ? 0 : to;
    }
    return length == 1;
  }

  std::vector<double> solve(std::span<const std::size_t> used) const {
    Matrix<double> A(used.size(), used.size());
    std::vector<double> step(used.size());
    for (std::size_t i = 0; i < used.size(); ++i) {
      const std::size_t j = used[i];
      for (std::size_t k = 0; k < used.size(); ++k) A(i, k) = H_(j, used[k]);
      step[i] = -(slope_[j] + (x_[j] != 0 ? std::copysign(l1_[j], x_[j]) : 0.0));
    }
    solve_refined(A.view(), kRidge, step);
    return step;
  }

  MatrixView<const double> H_;
  std::span<const double> l1_;
  std::span<double> x_;
  std::vector<double> slope_;  // H x + q
};

}  // namespace

void minimise_l1_quadratic(MatrixView<const double> H, std::span<const double> q,
                           std::span<const double> l1, std::span<double> x) {
  L1Quadratic(H, q, l1, x).run();
}

}  // namespace slimline
