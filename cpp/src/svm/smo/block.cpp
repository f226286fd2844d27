#include "svm/smo/block.hpp"

#include <algorithm>

#include "core/interrupt.hpp"

namespace slimline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTau = 1e-12;  // stands in for a curvature that is not positive, as in LIBSVM

class Solver {
 public:
  Solver(MatrixView<const double> K, SmoBlock& block)
      : K_(K),
        block_(block),
        up_(block.beta.size()),
        down_(block.beta.size()),
        diagonal_(block.beta.size()) {
    for (std::size_t k = 0; k < size(); ++k) {
      diagonal_[k] = K(k, k) + block.ridge[k];
      update_shifts(k);
    }
  }

  std::size_t run(double tol, std::size_t max_steps) {
    for (std::size_t step = 0; step < max_steps; ++step) {
      check_interrupt_at(step);
      const std::size_t i = most_upward();
      const double best_up = block_.gain[i] + up_[i];
      const auto [j, best_down] = partner(i, best_up);
      if (!(best_up - best_down > tol) || j == size()) return step;
      move(i, j, best_up - (block_.gain[j] + down_[j]));
    }
    return max_steps;
  }

 private:
  std::size_t size() const { return block_.beta.size(); }

  void update_shifts(std::size_t k) {
    up_[k] = shift_up(block_.beta[k], block_.upper[k], block_.epsilon[k]);
    down_[k] = shift_down(block_.beta[k], block_.lower[k], block_.epsilon[k]);
  }

  std::size_t most_upward() const {
    std::size_t best = 0;
    double best_gain = -kInfinity;
    for (std::size_t k = 0; k < size(); ++k) {
      const double gain = block_.gain[k] + up_[k];
      if (gain > best_gain) {
        best_gain = gain;
        best = k;
      }
    }
    return best;
  }

  double curvature(std::size_t i, std::size_t j) const {
    const double c = diagonal_[i] + diagonal_[j] - 2 * K_(i, j);
    return c > 0 ? c : kTau;
  }

  // The j that gains most together with i, and the smallest gain_down of all.
  std::pair<std::size_t, double> partner(std::size_t i, double best_up) const {
    std::size_t best = size();
    double best_score = 0;
    double least = kInfinity;
    for (std::size_t k = 0; k < size(); ++k) {
      const double down = block_.gain[k] + down_[k];
      least = std::min(least, down);
      const double violation = best_up - down;
      if (!(violation > 0)) continue;
      const double score = violation * violation / curvature(i, k);
      if (score > best_score) {
        best_score = score;
        best = k;
      }
    }
    return {best, least};
  }

  // beta_i += t, beta_j -= t with the best t, at most to a bound or (eps > 0) to zero.
  void move(std::size_t i, std::size_t j, double violation) {
    double& bi = block_.beta[i];
    double& bj = block_.beta[j];
    const double end_i = block_.epsilon[i] > 0 && bi < 0 ? 0 : block_.upper[i];
    const double end_j = block_.epsilon[j] > 0 && bj > 0 ? 0 : block_.lower[j];
    const double t = std::min({violation / curvature(i, j), end_i - bi, bj - end_j});
    bi = t == end_i - bi ? end_i : bi + t;
    bj = t == bj - end_j ? end_j : bj - t;
    const double* row_i = K_.row(i);
    const double* row_j = K_.row(j);
    for (std::size_t k = 0; k < size(); ++k) block_.gain[k] -= t * (row_i[k] - row_j[k]);
    block_.gain[i] -= t * block_.ridge[i];
    block_.gain[j] += t * block_.ridge[j];
    update_shifts(i);
    update_shifts(j);
  }

  MatrixView<const double> K_;
  SmoBlock& block_;
  std::vector<double> up_;
  std::vector<double> down_;
  std::vector<double> diagonal_;
};

}  // namespace

std::size_t solve_block(MatrixView<const double> K, double tol, std::size_t max_steps,
                        SmoBlock& block) {
  return Solver(K, block).run(tol, max_steps);
}

}  // namespace slimline
