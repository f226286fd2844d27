// Schedule "auto": no step size to choose.
//
// The step size comes from the data: 1 / (L q + l2), where L bounds the second derivative of the
// loss and q is the 0.9 quantile of s_i (|x_i|^2 + 1) over a sample of the rows.
//
// 1. The step size is constant until an epoch lowers the objective too little.
// 2. It then decays linearly to zero, over as many epochs again, but at least two. The decay
//    removes the noise that constant steps leave (Ge, Kakade, Kidambi & Netrapalli, "The Step Decay
//    Schedule", NeurIPS 2019; Schaipp et al., arXiv:2501.18965).
// 3. For smooth losses without an l1 norm, Newton's method continues from there (newton_cg.hpp); on
//    sparse rows SAGA takes the place of steps 1 and 2 (saga.hpp).
// 4. For other problems further decays follow, each twice as long as the last and from half its
//    step size. The gains of the last two decays predict those of the next ones. The plan ends when
//    all further decays together would gain less than tol of the objective. With enough rows for a
//    reliable prediction it also ends when the decays that fit into max_iter would not reach this.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "linear/problem.hpp"
#include "linear/stopping.hpp"

namespace slimline {

// Whether Newton's method follows. The plan then aims at a coarse solution only.
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

  // Whether the end of the plan is within tol of the optimum, as predicted from its decays.
  bool arrived() const { return arrived_; }

 private:
  static constexpr double kCoarse = 0.02;
  static constexpr double kMinFall = 2;
  // With fewer rows the gains of decays are mostly noise, and epochs cost next to nothing.
  static constexpr std::size_t kRowsToForesee = 1000;
  static constexpr double kSlowest = 0.9;   // largest predicted ratio of successive gains
  static constexpr double kExpected = 0.4;  // the ratio assumed after a single gain

  void fall(double begin, double epochs, double share) {
    horizon_ = {.begin = begin, .end = std::min(max_iter_, begin + epochs), .share = share};
  }

  // At the end of a decay: starts the next one, unless all further decays together would gain too
  // little, or those that fit into max_iter, each twice as long as the last, would not be enough.
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
  bool waits_;        // for an epoch that gains too little
  bool falls_again_;  // while further decays gain enough
  bool arrived_;
  bool foresees_;  // whether max_iter will be too small
  double max_iter_;
  double tol_;
  double stall_;
  double best_ = std::numeric_limits<double>::infinity();
  double reached_ = std::numeric_limits<double>::infinity();  // by the last decay
  double gain_ = std::numeric_limits<double>::infinity();     // of the last decay over the previous
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
