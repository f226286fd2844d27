// Weights with an l1 norm, as the difference of two positive parts u and v: l1 |w| becomes
// l1 (u + v). The multipliers of u >= 0 and v >= 0 are l1 + g and l1 - g, with g the gradient of
// everything else.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "linear/interior/kinks.hpp"

namespace slimline {

class SplitWeights {
 public:
  // One entry of `l1` a weight; those without an l1 norm are not split. Products begin at `mu`.
  SplitWeights(std::span<const double> l1, double mu);

  std::size_t n_parts() const { return 2 * weights_.size(); }
  double complementarity() const { return complementarity_after({.primal = 0, .dual = 0}); }

  void linearise(double mu, bool correct);
  // What the step of a split weight adds to the system: to the diagonal, whatever the products aim
  // at, and to the right-hand side.
  void add_to_diagonal(std::span<double> diagonal) const;
  void add_to_right(std::span<double> right) const;
  // The step of all variables for a step of the weights.
  void step(std::span<const double> weights_step);

  void limit(StepLengths& lengths) const;
  double complementarity_after(const StepLengths& lengths) const;
  void move(const StepLengths& lengths);

  // Weights whose parts both tend to 0 become 0: their multipliers do not, in units of the largest.
  void round_to_zero(std::span<double> weights) const;

 private:
  struct Part {
    double value = 0;
    double multiplier = 0;
    double d_value = 0;
    double d_multiplier = 0;
    double aim = 0;  // of value times multiplier
  };
  struct Weight {
    std::size_t j;
    double l1;
    Part up, down;
    double width() const { return up.value / up.multiplier + down.value / down.multiplier; }
    double lean() const {  // the step if the gradient were 0 at its end
      return (up.aim - l1 * up.value) / up.multiplier -
             (down.aim - l1 * down.value) / down.multiplier;
    }
  };

  std::vector<Weight> weights_;
};

}  // namespace slimline
