// Schedule "auto": no step size to choose.
//
// The step size comes from the data: 1 / (L q + l2), where L bounds the second derivative of the
// loss and q is the 0.9 quantile of s_i (|x_i|^2 + 1) over a sample of the rows. It stays constant
// until an epoch brings too little, and then falls in a straight line to zero, over as many epochs
// again but at least two: what constant steps leave in noise the fall removes (Ge, Kakade, Kidambi
// & Netrapalli, "The Step Decay Schedule", NeurIPS 2019; Schaipp et al., arXiv:2501.18965). For
// smooth losses without an l1 norm Newton's method finishes the work (newton_cg.hpp), on sparse
// rows after SAGA instead (saga.hpp). Elsewhere another fall follows, twice as long, from half
// the step size, until those that could follow, as the last two have it, would bring less than tol
// of the objective, or, with rows enough to tell, until those that max_iter leaves room for would
// not do.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "linear/problem.hpp"
#include "linear/stopping.hpp"

namespace slimline {

// Whether Newton's method follows: the plan then leaves the last digits to it.
template <class T>
bool ends_with_newton(const SgdProblem<T>& problem) {
  return problem.options.schedule == Auto::name && !problem.options.partial && problem.smooth() &&
         problem.penalty.l1 == 0;
}

class AutoPlan {
 public:
  template <class T>
  explicit AutoPlan(const SgdProblem<T>& problem)
      : active_(problem.options.schedule == Auto::name ||
                problem.options.schedule == Linear::name ||
                problem.options.schedule == Cosine::name),
        waits_(problem.options.schedule == Auto::name && std::isfinite(problem.options.tol)),
        falls_again_(waits_ && !ends_with_newton(problem)),
        arrived_(!falls_again_),
        foresees_(problem.n_rows() >= kRowsToForesee),
        max_iter_(static_cast<double>(problem.options.max_iter)),
        tol_(problem.options.tol),
        stall_(ends_with_newton(problem) ? kCoarse : problem.options.tol) {
    const bool constant_first = problem.options.schedule == Auto::name;
    if (active_ && !waits_) fall(constant_first ? max_iter_ / 2 : 0, max_iter_, 1);
  }

  const Horizon& horizon() const { return horizon_; }

  // Takes the mean objective after `epoch` epochs; true when the plan has come to its end.
  bool finish_epoch(std::size_t epoch, double objective) {
    if (!active_) return false;
    const double done = static_cast<double>(epoch);
    if (waits_) {
      const bool stalled = epoch > 1 && !(objective < best_ - stall_ * std::abs(best_));
      best_ = std::min(best_, objective);
      if (stalled || done >= max_iter_ / 2) {
        waits_ = false;
        fall(done, std::max(kMinFall, done), 1);
      }
    }
    if (done < horizon_.end) return false;
    return !falls_again_ || !fall_again(done, objective);
  }

  // Whether the end of the plan is within tol of the optimum, as far as its falls can tell.
  bool arrived() const { return arrived_; }

 private:
  static constexpr double kCoarse = 0.02;
  static constexpr double kMinFall = 2;
  // Below, what an epoch reports is noise from one fall to the next, and epochs cost nothing.
  static constexpr std::size_t kRowsToForesee = 1000;
  static constexpr double kSlowest = 0.9;   // of what one fall brings, for the next to bring
  static constexpr double kExpected = 0.4;  // the same where there was but one

  void fall(double begin, double epochs, double share) {
    horizon_ = {.begin = begin, .end = std::min(max_iter_, begin + epochs), .share = share};
  }

  // At the end of a fall: begins the next one, unless all that could follow would bring too little,
  // or those that max_iter leaves room for, each twice as long, would not be enough.
  bool fall_again(double done, double objective) {
    const double gain = reached_ - objective;  // infinite after the first fall
    const double ratio = std::isfinite(gain_) ? std::clamp(gain / gain_, 0.0, kSlowest) : kExpected;
    const double left = gain * ratio / (1 - ratio);
    const double enough = tol_ * std::abs(objective);
    const double length = 2 * (horizon_.end - horizon_.begin);
    const double falls = std::log2(1 + (max_iter_ - done) / length);
    arrived_ = left <= enough;
    const bool hopeless = std::isfinite(gain) && left * std::pow(ratio, falls) > enough;
    if (arrived_ || (foresees_ && hopeless)) return false;
    fall(done, length, horizon_.share / 2);
    reached_ = objective;
    gain_ = gain;
    return true;
  }

  bool active_;
  bool waits_;        // for an epoch that brings too little
  bool falls_again_;  // as long as that brings something
  bool arrived_;
  bool foresees_;  // that max_iter will not do
  double max_iter_;
  double tol_;
  double stall_;
  double best_ = std::numeric_limits<double>::infinity();
  double reached_ = std::numeric_limits<double>::infinity();  // by the last fall
  double gain_ = std::numeric_limits<double>::infinity();     // of the last fall over that before
  Horizon horizon_;
};

// The constant step size for rows like these.
template <class T, class Rows>
double step_from_data(const Rows& X, const SgdProblem<T>& problem) {
  constexpr std::size_t kSample = 2000;
  constexpr double kQuantile = 0.9;
  const std::size_t stride = std::max<std::size_t>(1, problem.n_rows() / kSample);
  std::vector<double> norms;
  for (std::size_t k = 0; k < problem.n_rows(); k += stride) {
    const std::size_t i = problem.row(k);
    double weight = 0;
    for (std::size_t c = 0; c < problem.n_outputs(); ++c) {
      weight = std::max(weight, problem.weight(i, c));
    }
    norms.push_back(weight * (X.squared_norm(i) + 1));
  }
  const auto q = norms.begin() +
                 static_cast<std::ptrdiff_t>(kQuantile * static_cast<double>(norms.size() - 1));
  std::nth_element(norms.begin(), q, norms.end());
  const double largest = *std::max_element(norms.begin(), norms.end());
  const double norm = *q > 0 ? *q : largest > 0 ? largest : 1;
  return 1 / (problem.max_curvature() * norm + problem.penalty.l2);
}

}  // namespace slimline
