#include "linear/interior/interior_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linalg/lane_sum.hpp"
#include "linalg/row_products.hpp"

namespace slimline {
namespace {

// f(loss, i) for every row, with the loss as a type.
template <class F>
void for_each_row(const InteriorTask& task, const F& f) {
  with_loss(task.loss, [&](const auto& l) {
    for (std::size_t i = 0; i < task.target.size(); ++i) f(l, i);
    return 0;
  });
}

// f(loss, i) summed.
template <class F>
double sum_rows(const InteriorTask& task, const F& f) {
  return with_loss(task.loss, [&](const auto& l) {
    return lane_sum(task.target.size(), [&](std::size_t i) { return f(l, i); });
  });
}

// Scores of a row become probabilities; returns the logarithm of the sum of their exponentials.
double softmax(std::vector<double>& scores) {
  const double largest = *std::ranges::max_element(scores);
  double total = 0;
  for (double& score : scores) total += score = std::exp(score - largest);
  for (double& score : scores) score /= total;
  return largest + std::log(total);
}

}  // namespace

InteriorRows::InteriorRows(const InteriorTask& task, int n_threads)
    : task_(task),
      n_threads_(n_threads),
      n_(task.rows.rows()),
      n_outputs_(task.n_outputs),
      all_(n_),
      scores_(n_outputs_, n_),
      along_(n_outputs_, n_),
      slopes_(n_outputs_, n_),
      foreseen_(n_outputs_, n_),
      curvature_(n_outputs_ == 1 ? n_ : 0) {
  std::iota(all_.begin(), all_.end(), std::size_t{0});
}

void InteriorRows::look(MatrixView<const double> weights, double share) {
  const std::size_t d = task_.rows.cols();
  for (std::size_t k = 0; k < n_outputs_; ++k) {
    const std::span<double> scores(scores_.row(k), n_);
    row_products(task_.rows, all_, {weights.row(k), d}, scores, n_threads_);
    for (double& score : scores) score += weights(k, d);
  }
  differentiate(share);
}

void InteriorRows::look_along(MatrixView<const double> step) {
  const std::size_t d = task_.rows.cols();
  for (std::size_t k = 0; k < n_outputs_; ++k) {
    const std::span<double> along(along_.row(k), n_);
    row_products(task_.rows, all_, {step.row(k), d}, along, n_threads_);
    for (double& value : along) value += step(k, d);
  }
}

void InteriorRows::differentiate(double share) {
  if (n_outputs_ > 1) {
    differentiate_softmax();
    return;
  }
  for_each_row(task_, [&](const auto& l, std::size_t i) {
    const LossPoint point = rounded(l, scores_(0, i), task_.target[i], task_.epsilon, share);
    slopes_(0, i) = point.gradient;
    curvature_[i] = point.curvature;
  });
}

void InteriorRows::differentiate_softmax() {
  std::vector<double> q(n_outputs_);
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t k = 0; k < n_outputs_; ++k) q[k] = scores_(k, i);
    softmax(q);
    for (std::size_t k = 0; k < n_outputs_; ++k) slopes_(k, i) = q[k] - (k == own(i) ? 1 : 0);
  }
}

double InteriorRows::loss(double t) const {
  if (n_outputs_ == 1) {
    return sum_rows(task_, [&](const auto& l, std::size_t i) {
      const double p = scores_(0, i) + t * along_(0, i);
      return task_.cost[i] * l.at(p, task_.target[i], task_.epsilon).value;
    });
  }
  std::vector<double> q(n_outputs_);
  double sum = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t k = 0; k < n_outputs_; ++k) q[k] = scores_(k, i) + t * along_(k, i);
    const double score = q[own(i)];
    sum += task_.cost[i] * (softmax(q) - score);
  }
  return sum;
}

double InteriorRows::slope_along(double t) const {
  if (n_outputs_ == 1) {
    return sum_rows(task_, [&](const auto& l, std::size_t i) {
      const double p = scores_(0, i) + t * along_(0, i);
      return task_.cost[i] * along_(0, i) * l.at(p, task_.target[i], task_.epsilon).gradient;
    });
  }
  std::vector<double> q(n_outputs_);
  double sum = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    for (std::size_t k = 0; k < n_outputs_; ++k) q[k] = scores_(k, i) + t * along_(k, i);
    softmax(q);
    double slope = -along_(own(i), i);
    for (std::size_t k = 0; k < n_outputs_; ++k) slope += q[k] * along_(k, i);
    sum += task_.cost[i] * slope;
  }
  return sum;
}

void InteriorRows::sum(const Matrix<double>& a, MatrixView<double> sums) const {
  const std::size_t d = task_.rows.cols();
  std::vector<double> weighted(n_);
  for (std::size_t k = 0; k < n_outputs_; ++k) {
    for (std::size_t i = 0; i < n_; ++i) weighted[i] = task_.cost[i] * a(k, i);
    combine_rows(task_.rows, all_, weighted, {sums.row(k), d}, n_threads_);
    sums(k, d) = lane_sum(n_, [&](std::size_t i) { return weighted[i]; });
  }
}

void InteriorRows::gradient(MatrixView<double> sums) const { sum(slopes_, sums); }

void InteriorRows::hessian(MatrixView<double> H) {
  for (std::size_t first = 0; first < n_outputs_; ++first) {
    for (std::size_t second = 0; second <= first; ++second) add_block(first, second, H);
  }
  for (std::size_t i = 0; i < H.rows(); ++i) {
    for (std::size_t j = 0; j < i; ++j) H(j, i) = H(i, j);
  }
}

void InteriorRows::add_block(std::size_t first, std::size_t second, MatrixView<double> H) {
  const std::size_t size = task_.rows.cols() + 1;
  const bool diagonal = first == second;
  used_.clear();
  values_.clear();
  for (std::size_t i = 0; i < n_; ++i) {
    double value = n_outputs_ == 1 ? curvature_[i] : probability(first, i);
    if (n_outputs_ > 1) value *= diagonal ? 1 - value : probability(second, i);
    value *= task_.cost[i];
    if (!(value > 0)) continue;
    used_.push_back(i);
    values_.push_back(value);
  }
  Matrix<double> block(size, size);
  weighted_gram(task_.rows, used_, values_, {}, block.view(), n_threads_);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      const double value = block(std::max(i, j), std::min(i, j));
      H(first * size + i, second * size + j) = diagonal ? value : -value;
    }
  }
}

double InteriorRows::foresee(MatrixView<double> sums) {
  if (n_outputs_ == 1) {
    for_each_row(task_, [&](const auto& l, std::size_t i) {
      const double a = slopes_(0, i) + curvature_[i] * along_(0, i);
      foreseen_(0, i) = l.nearest_gradient(a, task_.target[i], task_.epsilon);
    });
  } else {
    for (std::size_t i = 0; i < n_; ++i) foresee_softmax(i);
  }
  sum(foreseen_, sums);
  return conjugate(foreseen_, 1);
}

// Probabilities that move along, kept so.
void InteriorRows::foresee_softmax(std::size_t i) {
  double mean = 0;
  for (std::size_t k = 0; k < n_outputs_; ++k) mean += probability(k, i) * along_(k, i);
  double total = 0;
  for (std::size_t k = 0; k < n_outputs_; ++k) {
    foreseen_(k, i) = std::max(0.0, probability(k, i) * (1 + along_(k, i) - mean));
    total += foreseen_(k, i);
  }
  for (std::size_t k = 0; k < n_outputs_; ++k) {
    foreseen_(k, i) = foreseen_(k, i) / total - (k == own(i) ? 1 : 0);
  }
}

double InteriorRows::shrunk_conjugate(double factor) const { return conjugate(foreseen_, factor); }

double InteriorRows::conjugate(const Matrix<double>& a, double factor) const {
  if (n_outputs_ == 1) {
    return sum_rows(task_, [&](const auto& l, std::size_t i) {
      return task_.cost[i] * l.conjugate(factor * a(0, i), task_.target[i], task_.epsilon);
    });
  }
  double sum = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    double entropy = 0;
    for (std::size_t k = 0; k < n_outputs_; ++k) {
      entropy += negative_entropy(factor * a(k, i) + (k == own(i) ? 1 : 0));
    }
    sum += task_.cost[i] * entropy;
  }
  return sum;
}

}  // namespace slimline
