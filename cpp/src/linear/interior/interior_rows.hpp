// The rows as interior.hpp keeps them: their scores at the weights and along the step, gradients
// and second derivatives of their losses, and sums of these over the rows.
#pragma once

#include <cstddef>
#include <vector>

#include "linear/interior/interior.hpp"
#include "linear/rounded_losses.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

class InteriorRows {
 public:
  InteriorRows(const InteriorTask& task, int n_threads);

  // Scores, gradients and second derivatives at `weights`, one row per output; `share` as in
  // rounded_losses.hpp.
  void look(MatrixView<const double> weights, double share);
  // Scores along a step from there.
  void look_along(MatrixView<const double> step);
  // The sum of costs times losses at length t of the step.
  double loss(double t) const;
  // Its derivative by t.
  double slope_along(double t) const;

  // sum c a (z, 1), one row per output
  void gradient(MatrixView<double> sums) const;
  // Its derivative by the weights of all outputs, both triangles.
  void hessian(MatrixView<double> H);

  // Predicts the gradients at the end of the step: a + (second derivative) (score along it),
  // projected to the domain of loss*. Sums them as gradient() does, and returns sum c loss*(a).
  double foresee(MatrixView<double> sums);
  // The same sum for `factor` times these gradients, in (0, 1].
  double shrunk_conjugate(double factor) const;

 private:
  void differentiate(double share);
  void differentiate_softmax();
  void sum(const Matrix<double>& a, MatrixView<double> sums) const;
  double conjugate(const Matrix<double>& a, double factor) const;
  std::size_t own(std::size_t i) const { return static_cast<std::size_t>(task_.target[i]); }
  double probability(std::size_t k, std::size_t i) const {
    return slopes_(k, i) + (k == own(i) ? 1 : 0);
  }
  void foresee_softmax(std::size_t i);
  void add_block(std::size_t first, std::size_t second, MatrixView<double> H);

  const InteriorTask& task_;
  int n_threads_;
  std::size_t n_;
  std::size_t n_outputs_;
  std::vector<std::size_t> all_;  // 0, 1, ..., n - 1
  Matrix<double> scores_;         // one row per output, as all that follows
  Matrix<double> along_;
  Matrix<double> slopes_;
  Matrix<double> foreseen_;
  std::vector<double> curvature_;  // of a single output
  std::vector<std::size_t> used_;  // scratch: the rows of a block of the Hessian
  std::vector<double> values_;     // and their weights there
};

}  // namespace slimline
