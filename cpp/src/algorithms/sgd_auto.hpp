// Schedule "auto": no step size to choose.
//
// The step size comes from the data: 1 / (L q + l2), where L bounds the second derivative of the
// loss and q is the 0.9 quantile of s_i (|x_i|^2 + 1) over a sample of the rows. It stays constant
// until an epoch brings too little, and then falls in a straight line to zero, over as many epochs
// again but at least two: what constant steps leave in noise the fall removes (Ge, Kakade, Kidambi
// & Netrapalli, "The Step Decay Schedule", NeurIPS 2019; Schaipp et al., arXiv:2501.18965). For
// smooth losses without an l1 norm Newton's method finishes the work: see newton_cg.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "algorithms/sgd_problem.hpp"
#include "algorithms/sgd_stopping.hpp"

namespace slimline {

// Whether Newton's method follows: the plan then leaves the last digits to it.
template <class T>
bool ends_with_newton(const SgdProblem<T>& problem) {
  return problem.options.schedule == Auto::name && problem.smooth() && problem.penalty.l1 == 0 &&
         std::isfinite(problem.options.tol) && !problem.options.adaptive_scale &&
         problem.options.average_from == 0;
}

// Whether the columns are so few that one Gram matrix pays, and nothing else is needed: see
// quasi_newton.hpp.
template <class T>
bool suits_quasi_newton(const SgdProblem<T>& problem) {
  constexpr std::size_t kColumns = 256;  // for each output
  constexpr std::size_t kMostColumns = 1024;
  return ends_with_newton(problem) &&
         problem.n_features() <= std::min(kColumns * problem.n_outputs(), kMostColumns);
}

class AutoPlan {
 public:
  template <class T>
  explicit AutoPlan(const SgdProblem<T>& problem)
      : active_(problem.options.schedule == Auto::name ||
                problem.options.schedule == Linear::name ||
                problem.options.schedule == Cosine::name),
        waits_(problem.options.schedule == Auto::name && std::isfinite(problem.options.tol)),
        max_iter_(static_cast<double>(problem.options.max_iter)),
        stall_(ends_with_newton(problem) ? kCoarse : problem.options.tol) {
    const bool constant_first = problem.options.schedule == Auto::name;
    if (active_ && !waits_) horizon_ = {constant_first ? max_iter_ / 2 : 0, max_iter_};
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
        horizon_ = {done, std::min(max_iter_, done + std::max(kMinFall, done))};
      }
    }
    return done >= horizon_.end;
  }

 private:
  static constexpr double kCoarse = 0.02;
  static constexpr double kMinFall = 2;

  bool active_;
  bool waits_;  // for an epoch that brings too little
  double max_iter_;
  double stall_;
  double best_ = std::numeric_limits<double>::infinity();
  Horizon horizon_;
};

// The constant step size for rows like these.
template <class T, class Rows>
double step_from_data(const Rows& X, const SgdProblem<T>& problem) {
  constexpr std::size_t kSample = 2000;
  constexpr double kQuantile = 0.9;
  const auto& chosen = problem.targets.rows;
  const std::size_t n = chosen.empty() ? X.rows() : chosen.size();
  const std::size_t stride = std::max<std::size_t>(1, n / kSample);
  std::vector<double> norms;
  for (std::size_t k = 0; k < n; k += stride) {
    const std::size_t i = chosen.empty() ? k : chosen[k];
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
  return 1 / (problem.lipschitz() * norm + problem.penalty.l2);
}

}  // namespace slimline
