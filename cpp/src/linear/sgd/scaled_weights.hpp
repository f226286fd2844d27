// Weights stored as w_c = scale_c v_c, so that the l2 penalty costs one multiplication per update
// instead of n_features (Bottou, "Stochastic Gradient Descent Tricks", 2012, section 5.1). Their
// sum over the updates costs one more addition of a row (Xu, arXiv:1107.2490, section 6): with
// v_t = v_(t-1) + a_t x_t and A_t = sum_(s<=t) scale_s,
//
//   sum_(s<=t) w_s = A_t v_t - sum_(s<=t) A_(s-1) a_s x_s.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "linear/problem.hpp"
#include "linear/stopping.hpp"
#include "slimline/matrix.hpp"

namespace slimline {

// Below this the scale is multiplied into v: float32 keeps its precision down to 1e-38.
inline constexpr double kMinScale = 1e-9;

// p[c] = (scale_c v_c) . x_i + b_c for the outputs that still run.
template <class T, class Rows>
void scaled_scores(const Rows& X, std::size_t i, const SgdStopping& stopping, MatrixView<T> v,
                   std::span<const double> scale, std::span<const double> intercept, double* p) {
  for (std::size_t c = 0; c < v.rows(); ++c) {
    if (stopping.running(c)) {
      p[c] = static_cast<double>(X.dot(i, v.row(c))) * scale[c] + intercept[c];
    }
  }
}

template <class T>
class ScaledWeights {
 public:
  // Learns into coef and intercept, which hold w after fold().
  ScaledWeights(const SgdProblem<T>& problem, const SgdStopping& stopping, MatrixView<T> coef,
                std::span<double> intercept)
      : problem_(problem),
        stopping_(stopping),
        v_(coef),
        intercept_(intercept),
        scale_(coef.rows(), 1),
        area_(coef.rows()),
        intercept_sum_(coef.rows()),
        corrections_(averages() ? coef.rows() : 0, coef.cols()),
        sums_(averages() ? coef.rows() : 0, coef.cols()) {}

  bool averages() const { return problem_.options.average_from > 0; }
  MatrixView<T> coef() const { return v_; }
  std::span<double> intercept() const { return intercept_; }
  double scale(std::size_t c) const { return scale_[c]; }
  // The sums of w and of the intercept over the `averaged` updates since the last reset.
  const Matrix<double>& sums() const { return sums_; }
  double intercept_sum(std::size_t c) const { return intercept_sum_[c]; }

  template <class Rows>
  void scores(const Rows& X, std::size_t i, double* p) const {
    scaled_scores<T>(X, i, stopping_, v_, scale_, intercept_, p);
  }
  // w_c += steps[c] x_i after the shrinking of a step of size eta; `averaged`: the result counts.
  template <class Rows>
  void update(const Rows& X, std::size_t i, const double* steps, double eta, bool averaged) {
    const double intercept_part = problem_.template intercept_part<Rows>();
    for (std::size_t c = 0; c < v_.rows(); ++c) {
      if (!stopping_.running(c)) continue;
      scale_[c] *= problem_.penalty.shrink(eta * stopping_.rate(c));
      if (scale_[c] < kMinScale) fold(c);
      if (steps[c] != 0) {
        const double a = steps[c] / scale_[c];
        X.axpy(i, static_cast<T>(a), v_.row(c));
        if (averaged && area_[c] != 0)
          X.axpy(i, static_cast<T>(-area_[c] * a), corrections_.row(c));
      }
      step_intercept(c, intercept_part * steps[c]);
      if (averaged) count(c);
    }
  }

  // For passes that update v themselves.
  void shrink(std::size_t c, double factor) { scale_[c] *= factor; }
  void set(std::size_t c, double scale, double intercept) {
    scale_[c] = scale;
    intercept_[c] = intercept;
  }
  void step_intercept(std::size_t c, double step) {
    if (problem_.options.fit_intercept) intercept_[c] += step;
  }
  void count(std::size_t c) {
    area_[c] += scale_[c];
    intercept_sum_[c] += intercept_[c];
  }
  double area(std::size_t c) const { return area_[c]; }
  T* corrections(std::size_t c) { return corrections_.row(c); }

  void fold(std::size_t c) {
    T* v = v_.row(c);
    if (averages()) add_to_sums(c);
    if (scale_[c] == 1) return;
    for (std::size_t j = 0; j < v_.cols(); ++j) {
      v[j] = static_cast<T>(static_cast<double>(v[j]) * scale_[c]);
    }
    scale_[c] = 1;
  }
  void fold() {
    for (std::size_t c = 0; c < v_.rows(); ++c) fold(c);
  }

 private:
  void add_to_sums(std::size_t c) {
    const T* v = v_.row(c);
    T* corrections = corrections_.row(c);
    double* sums = sums_.row(c);
    for (std::size_t j = 0; j < v_.cols(); ++j) {
      sums[j] += area_[c] * static_cast<double>(v[j]) + static_cast<double>(corrections[j]);
      corrections[j] = T{0};
    }
    area_[c] = 0;
  }

  const SgdProblem<T>& problem_;
  const SgdStopping& stopping_;
  MatrixView<T> v_;
  std::span<double> intercept_;
  std::vector<double> scale_;
  std::vector<double> area_;
  std::vector<double> intercept_sum_;
  Matrix<T> corrections_;
  Matrix<double> sums_;
};

}  // namespace slimline
