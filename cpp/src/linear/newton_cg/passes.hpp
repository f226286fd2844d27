// The passes over X that newton_cg.hpp makes, and what they store for each row: its scores, their
// change along the step, and the gradients and second derivatives of its loss.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "linalg/rows.hpp"
#include "linear/problem.hpp"
#include "linear/sampled_columns.hpp"

namespace slimline {

// A point or direction in the space of the weights, in double.
template <class T>
struct NewtonDirection {
  NewtonDirection(std::size_t n_outputs, std::size_t n_features)
      : coef(n_outputs, n_features), intercept(n_outputs) {}
  NewtonDirection(const NewtonDirection& other)
      : NewtonDirection(other.coef.rows(), other.coef.cols()) {
    *this = other;
  }
  NewtonDirection& operator=(const NewtonDirection& other) {
    std::copy_n(other.coef.view().data(), coef.rows() * coef.cols(), coef.view().data());
    intercept = other.intercept;
    return *this;
  }
  void clear() {
    std::fill_n(coef.view().data(), coef.rows() * coef.cols(), 0.0);
    std::fill(intercept.begin(), intercept.end(), 0.0);
  }
  Matrix<double> coef;
  std::vector<double> intercept;
};

template <class T, class Rows>
class NewtonPasses {
 public:
  NewtonPasses(const Rows& X, const SgdProblem<T>& problem)
      : X_(X),
        problem_(problem),
        n_(problem.n_rows()),
        n_outputs_(problem.n_outputs()),
        grain_(chunk_rows()),
        scores_(n_, n_outputs_),
        step_scores_(n_, n_outputs_),
        slopes_(n_, n_outputs_),
        curvature_(n_, n_outputs_),
        losses_(n_outputs_),
        weights_(make_weights()),
        columns_(sample_columns(X, problem)) {
    for (std::size_t k = 0; k < chunk_count(n_, grain_); ++k) partial_.push_back(make_weights());
  }

  std::size_t count() const { return count_; }
  // Of the rows at the last gradient, in output c.
  double mean_curvature(std::size_t c) const { return mean_curvature_[c]; }

  void compute_scores(const SgdWeights<T>& weights) {
    differentiated_ = false;
    arrange(MatrixView<const T>(weights.coef));
    products(weights.intercept, scores_);
  }
  void compute_step_scores(const NewtonDirection<T>& step) {
    arrange(step.coef.view());
    products(step.intercept, step_scores_);
  }
  // scores += length[c] step scores
  void move_scores(std::span<const double> length) {
    differentiated_ = false;
    for_rows([&](std::size_t k) {
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        scores_(k, c) += static_cast<T>(length[c]) * step_scores_(k, c);
      }
    });
  }

  // Steps of the intercepts towards their best for these weights, which need the scores alone:
  // mean slope over mean second derivative (with "multinomial" over the mean probability, above
  // it).
  std::vector<double> intercept_steps() {
    differentiate();
    std::vector<double> steps(n_outputs_);
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      double slope = 0;
      double curvature = 0;
      for (std::size_t k = 0; k < n_; ++k) {
        slope += static_cast<double>(slopes_(k, c));
        curvature += static_cast<double>(curvature_(k, c));
      }
      if (curvature > 0) steps[c] = -slope / curvature;
    }
    return steps;
  }
  void move_intercepts(std::span<const double> steps) {
    differentiated_ = false;
    for_rows([&](std::size_t k) {
      for (std::size_t c = 0; c < n_outputs_; ++c) scores_(k, c) += static_cast<T>(steps[c]);
    });
  }

  // The mean weighted loss of each output at the scores.
  const std::vector<double>& losses() {
    differentiate();
    return losses_;
  }

  // The gradient of the mean loss at the scores.
  void compute_gradient(NewtonDirection<T>& gradient) {
    differentiate();
    transposed(gradient, [this](std::size_t k, double* out) {
      std::copy_n(slopes_.row(k), n_outputs_, out);
    });
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      double sum = 0;
      for (std::size_t k = 0; k < n_; ++k) sum += diagonal_curvature(k, c);
      mean_curvature_[c] = sum / static_cast<double>(n_);
    }
  }

  // out = H v
  void hessian_product(const NewtonDirection<T>& v, NewtonDirection<T>& out) {
    arrange(v.coef.view());
    products(v.intercept, step_scores_);
    transposed(out, [this](std::size_t k, double* r) { curve(k, step_scores_.row(k), r); });
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      for (std::size_t j = 0; j < X_.cols(); ++j) {
        out.coef(c, j) += problem_.penalty.l2 * v.coef(c, j);
      }
    }
  }

  // out = M^-1 r, M the Hessian with the columns, centred where there is an intercept, taken as
  // uncorrelated and the second derivatives of the rows as their mean.
  void precondition(const NewtonDirection<T>& r, NewtonDirection<T>& out) const {
    constexpr double kTiny = 1e-12;
    const bool intercept = problem_.options.fit_intercept;
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double curvature = std::max(mean_curvature_[c], kTiny);
      const double b = intercept ? r.intercept[c] : 0;
      double along = 0;
      for (std::size_t j = 0; j < X_.cols(); ++j) {
        const double diagonal = curvature * columns_.spread[j] + problem_.penalty.l2;
        out.coef(c, j) = (r.coef(c, j) - columns_.mean[j] * b) / std::max(diagonal, kTiny);
        along += columns_.mean[j] * out.coef(c, j);
      }
      out.intercept[c] = intercept ? b / curvature - along : 0;
    }
  }

  // The root of the mean square of every column.
  const std::vector<double>& column_sizes() const { return columns_.size; }

  // For row k, out becomes the change of the dual variables of all outputs: from the gradients of
  // the losses at the scores to those predicted after the step, with `ratio` times the second
  // derivative, projected to the domain of loss*. Adds the cost of the change to sums:
  // s (loss*(a') - loss*(a)) - p change; with "multinomial" to the first.
  void change_slopes(std::size_t k, double ratio, double* out, double* sums) const {
    const std::size_t i = problem_.row(k);
    if (problem_.multinomial) {
      change_softmax(k, i, ratio, out, sums);
      return;
    }
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const RowLabel row = problem_.label(i, c);
      const double p = static_cast<double>(scores_(k, c));
      const double u = ratio * static_cast<double>(step_scores_(k, c));
      const double epsilon = problem_.options.epsilon;
      const DualStep step = with_loss(problem_.loss, [&](const auto& l) {
        const LossPoint point = l.at(p, row.target, epsilon);
        const double a =
            l.nearest_gradient(point.gradient + point.curvature * u, row.target, epsilon);
        const double change = a - point.gradient;
        return DualStep{change, l.conjugate(a, row.target, epsilon) -
                                    l.conjugate(point.gradient, row.target, epsilon) - p * change};
      });
      out[c] = row.weight * step.change;
      sums[c] += row.weight * step.cost;
    }
  }

  // out = (1/n) sum_k f(k) (x_k, 1), where f fills one number an output.
  template <class F>
  void transposed(NewtonDirection<T>& out, F&& f) {
    ++count_;
    std::vector<std::vector<double>> sums(partial_.size(), std::vector<double>(n_outputs_));
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   transpose_rows(begin, end, f, partial_[chunk], sums[chunk]);
                 });
    const double share = 1 / static_cast<double>(n_);
    out.clear();
    for (std::size_t chunk = 0; chunk < partial_.size(); ++chunk) {
      for_weights(partial_[chunk], [&](T& sum, std::size_t c, std::size_t j) {
        out.coef(c, j) += share * static_cast<double>(sum);
      });
      for (std::size_t c = 0; c < n_outputs_ && problem_.options.fit_intercept; ++c) {
        out.intercept[c] += share * sums[chunk][c];
      }
    }
  }

 private:
  static constexpr std::size_t kRowsAtOnce = Rows::kDense ? 4 : 1;

  // At most kMaxChunks chunks, and sums over them that cost less than a quarter of a pass.
  std::size_t chunk_rows() const {
    constexpr std::size_t kMaxChunks = 16;
    constexpr std::size_t kShare = 4;
    const std::size_t affordable = X_.n_values() / (kShare * std::max<std::size_t>(1, X_.cols()));
    const std::size_t chunks = std::clamp<std::size_t>(affordable, 1, kMaxChunks);
    return std::max<std::size_t>(4, (chunk_count(n_, chunks) + 3) / 4 * 4);
  }

  template <class F>
  void for_rows(F&& f) const {
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t) {
                   for (std::size_t k = begin; k < end; ++k) f(k);
                 });
  }

  // Weights as the rows of X take them: output by output, or for sparse ones column by column.
  Matrix<T> make_weights() const {
    if constexpr (Rows::kDense) {
      return {n_outputs_, X_.cols()};
    } else {
      return {X_.cols(), padded_outputs(n_outputs_)};
    }
  }
  // f(weight, c, j) for every weight of `weights`, in blocks, since the two orders differ.
  template <class F>
  void for_weights(Matrix<T>& weights, const F& f) const {
    constexpr std::size_t kBlock = 64;
    for (std::size_t begin = 0; begin < X_.cols(); begin += kBlock) {
      const std::size_t end = std::min(begin + kBlock, X_.cols());
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        for (std::size_t j = begin; j < end; ++j) {
          f(Rows::kDense ? weights(c, j) : weights(j, c), c, j);
        }
      }
    }
  }
  template <class Value>
  void arrange(MatrixView<Value> W) {
    for_weights(weights_,
                [&](T& weight, std::size_t c, std::size_t j) { weight = static_cast<T>(W(c, j)); });
  }

  FourRows four(std::size_t k, std::size_t end) const {
    FourRows rows;
    for (std::size_t r = 0; r < 4; ++r) rows[r] = problem_.row(std::min(k + r, end - 1));
    return rows;
  }

  // out(k, c) = x_k . W_c + b_c, for the weights last arranged
  void products(std::span<const double> b, Matrix<T>& out) {
    ++count_;
    const MatrixView<const T> W = weights_.view();
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t) {
                   std::vector<T> sums(checked_product(kRowsAtOnce, padded_outputs(n_outputs_)));
                   for (std::size_t k = begin; k < end; k += kRowsAtOnce) {
                     check_interrupt_at(k);
                     if constexpr (Rows::kDense) {
                       X_.dot4(four(k, end), W, sums.data());
                     } else {
                       X_.dots(problem_.row(k), W, sums.data());
                     }
                     for (std::size_t r = 0; r < kRowsAtOnce && k + r < end; ++r) {
                       for (std::size_t c = 0; c < n_outputs_; ++c) {
                         out(k + r, c) = sums[kRowsAtOnce * c + r] + static_cast<T>(b[c]);
                       }
                     }
                   }
                 });
  }

  template <class F>
  void transpose_rows(std::size_t begin, std::size_t end, const F& f, Matrix<T>& partial,
                      std::vector<double>& sums) const {
    std::fill_n(partial.view().data(), partial.rows() * partial.cols(), T{0});
    std::vector<double> values(n_outputs_);
    std::vector<T> factors(checked_product(kRowsAtOnce, padded_outputs(n_outputs_)));
    for (std::size_t k = begin; k < end; k += kRowsAtOnce) {
      check_interrupt_at(k);
      std::fill(factors.begin(), factors.end(), T{0});
      for (std::size_t r = 0; r < kRowsAtOnce && k + r < end; ++r) {
        f(k + r, values.data());
        for (std::size_t c = 0; c < n_outputs_; ++c) {
          factors[kRowsAtOnce * c + r] = static_cast<T>(values[c]);
          sums[c] += values[c];
        }
      }
      if constexpr (Rows::kDense) {
        const FourRows rows = four(k, end);
        for (std::size_t c = 0; c < n_outputs_; ++c) {
          X_.axpy4(rows, &factors[4 * c], partial.row(c));
        }
      } else {
        X_.axpys(problem_.row(k), factors.data(), partial.view());
      }
    }
  }

  // Computes the losses at the scores, their gradients and their second derivatives. For
  // "multinomial" the weighted probabilities take the place of the second derivatives.
  void differentiate() {
    if (differentiated_) return;
    std::vector<std::vector<double>> sums(partial_.size(), std::vector<double>(n_outputs_));
    parallel_for(n_, grain_, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   if (problem_.multinomial) {
                     differentiate_softmax(begin, end, sums[chunk]);
                   } else {
                     differentiate_outputs(begin, end, sums[chunk]);
                   }
                 });
    std::fill(losses_.begin(), losses_.end(), 0.0);
    for (const auto& sum : sums) {
      for (std::size_t c = 0; c < n_outputs_; ++c) losses_[c] += sum[c] / static_cast<double>(n_);
    }
    differentiated_ = true;
  }
  void differentiate_softmax(std::size_t begin, std::size_t end, std::vector<double>& losses) {
    std::vector<double> slopes(n_outputs_);
    for (std::size_t k = begin; k < end; ++k) {
      check_interrupt_at(k);
      const std::size_t i = problem_.row(k);
      const std::size_t own = problem_.class_of(i);
      std::copy_n(scores_.row(k), n_outputs_, slopes.begin());
      problem_.slopes(i, slopes.data(), losses.data(), [](std::size_t) { return true; });
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        slopes_(k, c) = static_cast<T>(slopes[c]);
        curvature_(k, c) = static_cast<T>(slopes[c] + (c == own ? problem_.weight(i, c) : 0));
      }
    }
  }
  void differentiate_outputs(std::size_t begin, std::size_t end, std::vector<double>& losses) {
    constexpr std::size_t kRows = SgdProblem<T>::kLossRows;
    std::array<std::size_t, kRows> rows;
    std::array<double, kRows> slopes;
    std::array<double, kRows> curvatures;
    for (std::size_t k = begin; k < end; k += kRows) {
      check_interrupt();
      const std::size_t n = std::min(kRows, end - k);
      for (std::size_t j = 0; j < n; ++j) rows[j] = problem_.row(k + j);
      for (std::size_t c = 0; c < n_outputs_; ++c) {
        for (std::size_t j = 0; j < n; ++j) slopes[j] = static_cast<double>(scores_(k + j, c));
        losses[c] += problem_.slopes_of(rows, c, std::span(slopes).first(n), curvatures);
        for (std::size_t j = 0; j < n; ++j) {
          slopes_(k + j, c) = static_cast<T>(slopes[j]);
          curvature_(k + j, c) = static_cast<T>(curvatures[j]);
        }
      }
    }
  }
  double diagonal_curvature(std::size_t k, std::size_t c) const {
    const double value = static_cast<double>(curvature_(k, c));
    if (!problem_.multinomial) return value;
    const double s = problem_.weight(problem_.row(k), c);
    return s > 0 ? value * (1 - value / s) : 0;
  }
  // r = (second derivative of the loss of row k) u
  void curve(std::size_t k, const T* u, double* r) const {
    double mean = 0;
    if (problem_.multinomial) {
      const double s = problem_.weight(problem_.row(k), 0);
      for (std::size_t c = 0; s > 0 && c < n_outputs_; ++c) {
        mean += static_cast<double>(curvature_(k, c)) / s * static_cast<double>(u[c]);
      }
    }
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      r[c] = static_cast<double>(curvature_(k, c)) * (static_cast<double>(u[c]) - mean);
    }
  }

  struct DualStep {
    double change;
    double cost;
  };
  void change_softmax(std::size_t k, std::size_t i, double ratio, double* out, double* sums) const {
    const std::size_t own = problem_.class_of(i);
    const double s = problem_.weight(i, own);
    std::fill_n(out, n_outputs_, 0.0);
    if (!(s > 0)) return;
    const auto probability = [&](std::size_t c) {
      return static_cast<double>(curvature_(k, c)) / s;
    };
    double mean = 0;
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      mean += probability(c) * static_cast<double>(step_scores_(k, c));
    }
    double total = 0;
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double u = ratio * (static_cast<double>(step_scores_(k, c)) - mean);
      out[c] = std::max(0.0, probability(c) * (1 + u));
      total += out[c];
    }
    for (std::size_t c = 0; c < n_outputs_; ++c) {
      const double q = out[c] / total;
      out[c] = s * (q - probability(c));
      sums[0] += s * (negative_entropy(q) - negative_entropy(probability(c))) -
                 static_cast<double>(scores_(k, c)) * out[c];
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  std::size_t n_;
  std::size_t n_outputs_;
  std::size_t grain_;
  Matrix<T> scores_;
  Matrix<T> step_scores_;
  bool differentiated_ = false;  // whether what follows belongs to the scores
  Matrix<T> slopes_;
  Matrix<T> curvature_;
  std::vector<double> losses_;
  Matrix<T> weights_;  // as arranged
  SampledColumns columns_;
  std::vector<double> mean_curvature_ = std::vector<double>(n_outputs_);
  std::vector<Matrix<T>> partial_;
  std::size_t count_ = 0;
};

}  // namespace slimline
