#include "linear/interior/split_weights.hpp"

#include <algorithm>

namespace slimline {

SplitWeights::SplitWeights(std::span<const double> l1, double mu) {
  for (std::size_t j = 0; j < l1.size(); ++j) {
    if (!(l1[j] > 0)) continue;
    const double value = std::min(1.0, mu / l1[j]);
    const Part part{.value = value, .multiplier = mu / value};
    weights_.push_back({.j = j, .l1 = l1[j], .up = part, .down = part});
  }
}

void SplitWeights::linearise(double mu, bool correct) {
  for (Weight& w : weights_) {
    for (Part* part : {&w.up, &w.down}) {
      part->aim = mu - (correct ? part->d_value * part->d_multiplier : 0);
    }
  }
}

// With G the gradient at the end of the step, d_value = (aim - value (l1 +- G)) / multiplier, so
// that the step of the weight is lean - width G.
void SplitWeights::add_to_diagonal(std::span<double> diagonal) const {
  for (const Weight& w : weights_) diagonal[w.j] += 1 / w.width();
}

void SplitWeights::add_to_right(std::span<double> right) const {
  for (const Weight& w : weights_) right[w.j] += w.lean() / w.width();
}

void SplitWeights::step(std::span<const double> weights_step) {
  for (Weight& w : weights_) {
    const double gradient = (w.lean() - weights_step[w.j]) / w.width();
    for (Part* part : {&w.up, &w.down}) {
      const double multiplier = w.l1 + (part == &w.up ? gradient : -gradient);
      part->d_value = (part->aim - part->value * multiplier) / part->multiplier;
      part->d_multiplier = multiplier - part->multiplier;
    }
  }
}

void SplitWeights::limit(StepLengths& lengths) const {
  for (const Weight& w : weights_) {
    for (const Part* part : {&w.up, &w.down}) {
      lengths.limit_primal(part->value, part->d_value);
      lengths.limit_dual(part->multiplier, part->d_multiplier);
    }
  }
}

double SplitWeights::complementarity_after(const StepLengths& lengths) const {
  double sum = 0;
  for (const Weight& w : weights_) {
    for (const Part* part : {&w.up, &w.down}) {
      sum += (part->value + lengths.primal * part->d_value) *
             (part->multiplier + lengths.dual * part->d_multiplier);
    }
  }
  return sum;
}

void SplitWeights::move(const StepLengths& lengths) {
  for (Weight& w : weights_) {
    for (Part* part : {&w.up, &w.down}) {
      part->value += lengths.primal * part->d_value;
      part->multiplier += lengths.dual * part->d_multiplier;
    }
  }
}

void SplitWeights::round_to_zero(std::span<double> weights) const {
  double largest = 0;
  for (const Weight& w : weights_) largest = std::max({largest, w.up.value, w.down.value});
  for (const Weight& w : weights_) {
    const auto vanishes = [&](const Part& part) {
      return part.value / largest < part.multiplier / w.l1;
    };
    if (vanishes(w.up) && vanishes(w.down)) weights[w.j] = 0;
  }
}

}  // namespace slimline
