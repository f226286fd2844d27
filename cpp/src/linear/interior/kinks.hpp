// The kinks of the losses of all rows, max(0, offset + sign p), with the variables that a
// primal-dual method keeps for each: xi > 0 and t = xi - (offset + sign p) > 0, whose multipliers
// are 1 - a and a, in units of the cost of the row. At the optimum a t = 0 and (1 - a) xi = 0, so
// that xi is the loss and sign a its gradient.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "linear/interior/interior.hpp"

namespace slimline {

// The largest steps that keep primal and dual variables positive, 1 or less.
struct StepLengths {
  double primal = 1;
  double dual = 1;
  void limit_primal(double value, double change);
  void limit_dual(double value, double change);
};

class Kinks {
 public:
  // Rows that cost nothing have no kinks. Begins at the zero model, whose score is `intercept`.
  Kinks(const InteriorTask& task, double intercept);

  std::size_t size() const { return kinks_.size(); }
  double complementarity() const;  // the sum of costs times a t and (1 - a) xi

  // Where the scores are `scores`, all complementarity products aim at `mu`; with `correct`, less
  // what the last step found them to change by beyond first order (Mehrotra 1992).
  void linearise(std::span<const double> scores, double mu, bool correct);
  // By row: the cost times the gradient that the model predicts where the scores stay.
  void model(std::span<double> gradient) const;
  // By row: the cost times the derivative of that gradient by the score, whatever `mu`.
  void curvature(std::span<double> curvature) const;
  // The step of all variables for a step of the weights that changes the scores by `along`.
  void step(std::span<const double> along);

  void limit(StepLengths& lengths) const;
  double complementarity_after(const StepLengths& lengths) const;
  void move(const StepLengths& lengths);

  // By row: the cost times the gradient, and the sum of costs times a times offset.
  double dual(std::span<double> gradient) const;

 private:
  struct Kink {
    std::size_t row;
    double offset;
    double sign;
    double cost;
    double xi = 0;
    double t = 0;
    double a = 0;
    double b = 0;     // 1 - a, kept apart: either may be tiny
    double d_xi = 0;  // the step
    double d_t = 0;
    double d_a = 0;
    double shift = 0;  // d_a = shift + curvature (change of offset + sign p)
    double aim_t = 0;  // what the step changes a t by, to first order
    double aim_xi = 0;
    double gap = 0;  // xi - (offset + sign p) - t
    double width() const { return t + a * xi / b; }
    double curvature() const { return a / width(); }
  };
  void add(std::size_t row, double offset, double sign, double cost);

  std::vector<Kink> kinks_;
};

}  // namespace slimline
