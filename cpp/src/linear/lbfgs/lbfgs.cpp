#include "linear/lbfgs/lbfgs.hpp"

namespace slimline {

void LbfgsHistory::add(std::vector<double> step, std::vector<double> change) {
  const auto dot = kernels::vector_kernels<double>().dot;
  const double inner = dot(step.data(), change.data(), step.size());
  // A pair without curvature, as rounding makes it close to the end, says nothing.
  if (!(inner > 1e-14 * dot(change.data(), change.data(), change.size()))) return;
  if (pairs_.size() == kPairs) pairs_.pop_front();
  pairs_.push_back({std::move(step), std::move(change), inner});
}

std::vector<double> LbfgsHistory::direction(std::span<const double> gradient,
                                            const Inverse& inverse) const {
  const auto& kernels = kernels::vector_kernels<double>();
  std::vector<double> q(gradient.size());
  std::transform(gradient.begin(), gradient.end(), q.begin(), [](double g) { return -g; });
  std::vector<double> alpha(pairs_.size());
  for (std::size_t k = pairs_.size(); k-- > 0;) {
    const Pair& pair = pairs_[k];
    alpha[k] = kernels.dot(pair.step.data(), q.data(), q.size()) / pair.inner;
    kernels.axpy(-alpha[k], pair.change.data(), q.data(), q.size());
  }
  inverse(q);
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    const Pair& pair = pairs_[k];
    const double beta = kernels.dot(pair.change.data(), q.data(), q.size()) / pair.inner;
    kernels.axpy(alpha[k] - beta, pair.step.data(), q.data(), q.size());
  }
  return q;
}

}  // namespace slimline
