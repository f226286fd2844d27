#include "linear/interior/kinks.hpp"

#include <algorithm>
#include <cmath>

namespace slimline {

void StepLengths::limit_primal(double value, double change) {
  if (change < 0) primal = std::min(primal, -value / change);
}

void StepLengths::limit_dual(double value, double change) {
  if (change < 0) dual = std::min(dual, -value / change);
}

Kinks::Kinks(const InteriorTask& task, double intercept) {
  double cost = 0;
  for (std::size_t i = 0; i < task.target.size(); ++i) {
    const double y = task.target[i];
    if (!(task.cost[i] > 0)) continue;
    cost += task.cost[i];
    if (std::holds_alternative<EpsilonInsensitive>(task.loss)) {
      add(i, -y - task.epsilon, 1, task.cost[i]);
      add(i, y - task.epsilon, -1, task.cost[i]);
    } else {
      add(i, std::holds_alternative<Hinge>(task.loss) ? 1 : 0, -y, task.cost[i]);
    }
  }
  const double inside = task.zero / cost;  // the mean loss of the zero model
  for (Kink& k : kinks_) {
    const double v = k.offset + k.sign * intercept;
    k.xi = std::max(v, 0.0) + inside;
    k.t = k.xi - v;
    k.a = k.xi / (k.t + k.xi);
    k.b = k.t / (k.t + k.xi);
  }
}

void Kinks::add(std::size_t row, double offset, double sign, double cost) {
  kinks_.push_back({.row = row, .offset = offset, .sign = sign, .cost = cost});
}

double Kinks::complementarity() const { return complementarity_after({.primal = 0, .dual = 0}); }

double Kinks::complementarity_after(const StepLengths& lengths) const {
  double sum = 0;
  for (const Kink& k : kinks_) {
    const double a = k.a + lengths.dual * k.d_a;
    const double b = k.b - lengths.dual * k.d_a;
    sum += k.cost * (a * (k.t + lengths.primal * k.d_t) + b * (k.xi + lengths.primal * k.d_xi));
  }
  return sum;
}

void Kinks::linearise(std::span<const double> scores, double mu, bool correct) {
  for (Kink& k : kinks_) {
    const double v = k.offset + k.sign * scores[k.row];
    k.gap = k.xi - v - k.t;
    k.aim_t = mu / k.cost - k.a * k.t - k.a * k.gap;
    k.aim_xi = mu / k.cost - k.b * k.xi;
    if (correct) {
      k.aim_t -= k.d_a * k.d_t;
      k.aim_xi += k.d_a * k.d_xi;
    }
    k.shift = (k.aim_t - k.a * k.aim_xi / k.b) / k.width();
  }
}

void Kinks::model(std::span<double> gradient) const {
  std::ranges::fill(gradient, 0.0);
  for (const Kink& k : kinks_) gradient[k.row] += k.cost * k.sign * (k.a + k.shift);
}

void Kinks::curvature(std::span<double> curvature) const {
  std::ranges::fill(curvature, 0.0);
  for (const Kink& k : kinks_) curvature[k.row] += k.cost * k.curvature();
}

void Kinks::step(std::span<const double> along) {
  for (Kink& k : kinks_) {
    const double change = k.sign * along[k.row];
    k.d_a = k.shift + k.curvature() * change;
    k.d_xi = (k.aim_xi + k.xi * k.d_a) / k.b;
    k.d_t = k.d_xi - change + k.gap;
  }
}

void Kinks::limit(StepLengths& lengths) const {
  for (const Kink& k : kinks_) {
    lengths.limit_primal(k.xi, k.d_xi);
    lengths.limit_primal(k.t, k.d_t);
    lengths.limit_dual(k.a, k.d_a);
    lengths.limit_dual(k.b, -k.d_a);
  }
}

void Kinks::move(const StepLengths& lengths) {
  for (Kink& k : kinks_) {
    k.xi += lengths.primal * k.d_xi;
    k.t += lengths.primal * k.d_t;
    k.a += lengths.dual * k.d_a;
    k.b -= lengths.dual * k.d_a;
  }
}

double Kinks::dual(std::span<double> gradient) const {
  std::ranges::fill(gradient, 0.0);
  double sum = 0;
  for (const Kink& k : kinks_) {
    const double a = std::min(k.a, 1.0);
    gradient[k.row] += k.cost * k.sign * a;
    sum += k.cost * a * k.offset;
  }
  return sum;
}

}  // namespace slimline
