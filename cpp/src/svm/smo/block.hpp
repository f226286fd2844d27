// SMO within one block of variables, whose Gram matrix is given: two variables at a time, chosen by
// second-order information (Fan, Chen & Lin, "Working set selection using second order information
// for training SVM", JMLR 6, 2005, WSS 2), with beta and the gradients kept up to date.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"

namespace slimline {

// gain[k] = z_k - x_k . w - r_k beta_k: the derivative of the dual objective without its eps term.
// Moving up costs eps more where beta >= 0, moving down yields eps more where beta <= 0; that shift
// is infinite where the box forbids the move.
inline double shift_up(double beta, double upper, double epsilon) {
  if (beta >= upper) return -std::numeric_limits<double>::infinity();
  return beta >= 0 ? -epsilon : epsilon;
}
inline double shift_down(double beta, double lower, double epsilon) {
  if (beta <= lower) return std::numeric_limits<double>::infinity();
  return beta > 0 ? -epsilon : epsilon;
}

struct SmoBlock {
  std::vector<double> beta;
  std::vector<double> gain;
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<double> ridge;
  std::vector<double> epsilon;
};

// Maximises the dual over the block, keeping sum beta, until the largest violation
// max gain_up - min gain_down is at most `tol`, or after max_steps pair updates. K: the Gram
// matrix. Returns the number of updates.
std::size_t solve_block(MatrixView<const double> K, double tol, std::size_t max_steps,
                        SmoBlock& block);

}  // namespace slimline
