// The starting weights of QuasiNewton, and its preconditioner B.
//
// Without a sample. With L the bound of the second derivative of the loss,
// B = (L/n) sum_i s_i (x_i, 1)(x_i, 1)' + l2 I is an upper bound of the Hessian everywhere
// (Boehning & Lindsay, "Monotonicity of Quadratic-Approximation Algorithms", 1988).
//
// With a sample, where there are many rows for the columns. An eighth of the rows is fitted first,
// in the same way, after an eighth of those. The optimum of the sample is near that of all rows,
// and B is the Hessian of the sample there (Byrd, Chin, Neveitt & Nocedal, "On the Use of
// Stochastic Hessian Information in Optimization Methods for Machine Learning", SIAM J. Optim. 21,
// 2011). All rows then take a few passes. The sample takes one of every eight consecutive rows, so
// that sorted rows are sampled evenly.
//
// Regularisation. A share of the upper bound is added to the diagonal of B where the sample has
// little information, above all for columns that few rows have and the sample may lack. A Hessian
// that is too large makes steps too short, which costs less than steps that are too long.
//
// "multinomial" may have too many weights for a sample of an eighth. It takes a quarter of the rows
// and fits them for a few passes only. Each output has a B of its own, its block of the Hessian.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "linalg/cholesky.hpp"
#include "linalg/float_gram.hpp"
#include "linalg/row_products.hpp"
#include "linalg/rows.hpp"
#include "linear/lbfgs/column_moments.hpp"
#include "linear/lbfgs/copied_rows.hpp"
#include "linear/lbfgs/lbfgs.hpp"
#include "linear/problem.hpp"
#include "slimline/random.hpp"

namespace slimline {

template <class T, class Rows>
class QuasiNewtonStart {
 public:
  QuasiNewtonStart(const Rows& X, const SgdProblem<T>& problem) : X_(X), problem_(problem) {}

  // Returns the factor of B, or one for each output. Moves the weights to the optimum of the
  // sample, if there is one.
  std::vector<Matrix<double>> run() {
    const std::size_t size = problem_.n_features() + 1;
    std::vector<Matrix<double>> result;
    if (suits_sample()) {
      fit_sample();
      const Matrix<double> h = curvatures();
      const std::vector<double> more = hold();
      for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
        Matrix<double>& B = result.emplace_back(size, size);
        take_gram_of_sample({h.row(c), sample_.size()}, B.view());
        for (std::size_t j = 0; j < size; ++j) B(j, j) += more[j];
      }
    } else {
      const std::vector<std::size_t> rows = all_rows();
      take_gram(X_.view(), rows, bounds(rows), result.emplace_back(size, size).view());
    }
    for (Matrix<double>& B : result) finish(B);
    return result;
  }

 private:
  static constexpr std::size_t kShare = 8;
  static constexpr std::size_t kShareOfMultinomial = 4;
  static constexpr std::size_t kPassesOfMultinomial = 16;
  static constexpr std::size_t kRowsPerColumn = 16;  // least rows of a sample, per column
  static constexpr double kSampleTol = 1e-2;         // below it the sampling error dominates
  // The regularisation of a column is kLeast of its upper bound while its effective sample size is
  // at most kRowsToTell. For larger sizes it decreases with them, down to kLeastPart of kLeast. For
  // the intercept, which every row informs, it is kPartOfIntercept of kLeast.
  static constexpr double kLeast = 0.2;
  static constexpr double kRowsToTell = 300;
  static constexpr double kLeastPart = 0.2;
  static constexpr double kPartOfIntercept = 0.005;
  static constexpr double kRidge = 1e-12;   // relative to the diagonal entry of a column
  static constexpr double kSilent = 0.004;  // of L: "multinomial" skips rows of less curvature

  // The squared error has a constant Hessian, which the upper bound equals. One-vs-rest outputs
  // share B, but have different Hessians. The last condition keeps the factors of all outputs
  // within the memory of X.
  bool suits_sample() const {
    const std::size_t size = problem_.n_features() + 1;
    const bool alone = problem_.n_outputs() == 1 || problem_.multinomial;
    return alone && !std::holds_alternative<SquaredError>(problem_.loss) &&
           rows_that_count() >= static_cast<double>(share() * kRowsPerColumn * size) &&
           problem_.n_rows() >= problem_.n_outputs() * size;
  }
  // With "multinomial" Kish's effective sample size (Kish, "Survey Sampling", 1965).
  double rows_that_count() const {
    if (!problem_.multinomial) return static_cast<double>(problem_.n_rows());
    double sum = 0;
    double squares = 0;
    for (std::size_t k = 0; k < problem_.n_rows(); ++k) {
      const double s = problem_.weight(problem_.row(k), 0);
      sum += s;
      squares += s * s;
    }
    return squares > 0 ? sum * sum / squares : 0;
  }
  std::size_t share() const { return problem_.multinomial ? kShareOfMultinomial : kShare; }

  // B becomes its factor.
  void finish(Matrix<double>& B) const {
    const std::size_t d = problem_.n_features();
    // Constant and duplicated columns leave B singular where nothing is penalised.
    for (std::size_t j = 0; j < d; ++j) {
      B(j, j) += problem_.penalty.l2 + kRidge * B(j, j);
      if (!(B(j, j) > 0)) B(j, j) = 1;
    }
    if (!problem_.options.fit_intercept) {
      std::fill_n(B.row(d), d, 0.0);
      B(d, d) = 1;
    }
    factorise(B.view());
  }

  std::vector<std::size_t> all_rows() const {
    std::vector<std::size_t> rows(problem_.n_rows());
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = problem_.row(k);
    return rows;
  }

  void fit_sample() {
    Random random(problem_.options.seed);
    sample_ = one_of_every(share(), problem_.n_rows(), random);
    for (std::size_t& k : sample_) k = problem_.row(k);
    SgdOptions options = problem_.options;
    options.tol = std::max(options.tol, kSampleTol);
    if (problem_.multinomial) options.max_iter = std::min(options.max_iter, kPassesOfMultinomial);
    SgdTargets targets = problem_.targets;
    const EpochCallback silent;
    SgdProblem<T> few = problem_.with(targets, options, silent);
    if constexpr (Rows::kDense) {
      if (problem_.n_outputs() == 1) {
        copy_ = CopiedRows<T>(X_.view(), problem_, sample_);
        targets = copy_.targets(problem_.targets);
        few.labels = copy_.labels();
        fit(DenseRows<T>(copy_.view()), few);
        return;
      }
    }
    targets.rows = sample_;
    fit(X_, few);
  }

  void fit(const Rows& X, const SgdProblem<T>& few) const {
    const std::vector<Matrix<double>> factors = QuasiNewtonStart(X, few).run();
    QuasiNewton<T, Rows>(X, few, factors).run(few.options.max_iter);
  }

  // f(X, rows): where the rows of the sample are to be read.
  template <class F>
  void with_sample(F&& f) const {
    if constexpr (Rows::kDense) {
      if (copy_.view().rows() > 0) {
        std::vector<std::size_t> rows(sample_.size());
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        return f(copy_.view(), rows);
      }
    }
    f(X_.view(), sample_);
  }

  // L s_i / n, the largest of all outputs.
  std::vector<double> bounds(std::span<const std::size_t> rows) const {
    std::vector<double> h(rows.size());
    const double share = problem_.max_curvature() / static_cast<double>(rows.size());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
        h[k] = std::max(h[k], share * problem_.weight(rows[k], c));
      }
    }
    return h;
  }

  // The weighted second derivatives of the losses of the sample, one row per output.
  Matrix<double> curvatures() const {
    Matrix<double> h(problem_.n_outputs(), sample_.size());
    with_sample([&](const auto& X, std::span<const std::size_t> rows) {
      for (std::size_t c = 0; c < h.rows(); ++c) {
        const T* const w = problem_.weights.coef.row(c);
        const std::vector<double> wide(w, w + problem_.n_features());
        row_products(X, rows, wide, {h.row(c), h.cols()}, problem_.options.n_threads);
      }
    });
    const double share = 1 / static_cast<double>(sample_.size());
    std::vector<double> scores(h.rows());
    for (std::size_t k = 0; k < h.cols(); ++k) {
      for (std::size_t c = 0; c < h.rows(); ++c) {
        scores[c] = h(c, k) + problem_.weights.intercept[c];
      }
      if (problem_.multinomial) {
        curve(sample_[k], scores);
        for (std::size_t c = 0; c < h.rows(); ++c) h(c, k) = share * scores[c];
      } else {
        const RowLabel label = problem_.label(sample_[k], 0);
        const double curvature = problem_.loss_point(scores[0], label.target).curvature;
        h(0, k) = share * label.weight * curvature;
      }
    }
    return h;
  }

  // Scores of row i become s p (1 - p), with p the probabilities: the diagonal of its Hessian.
  // Values too small to be worth their time become 0.
  void curve(std::size_t i, std::vector<double>& scores) const {
    const std::size_t own = problem_.class_of(i);
    const double s = problem_.weight(i, own);
    std::vector<double> losses(scores.size());
    problem_.slopes(i, scores.data(), losses.data(), [](std::size_t) { return true; });
    scores[own] += s;
    for (double& value : scores) {
      const double p = s > 0 ? value / s : 0;
      const double curvature = p * (1 - p);
      value = curvature > kSilent * problem_.max_curvature() ? s * curvature : 0;
    }
  }

  void take_gram_of_sample(std::span<const double> h, MatrixView<double> B) const {
    with_sample([&](const auto& X, std::span<const std::size_t> sample) {
      std::vector<std::size_t> rows;
      std::vector<double> values;
      for (std::size_t k = 0; k < h.size(); ++k) {
        if (h[k] == 0) continue;
        rows.push_back(sample[k]);
        values.push_back(h[k]);
      }
      take_gram(X, rows, values, B);
    });
  }

  template <class View>
  void take_gram(const View& X, std::span<const std::size_t> rows, std::span<const double> h,
                 MatrixView<double> B) const {
    if constexpr (std::is_same_v<Rows, DenseRows<float>>) {
      float_gram(X, rows, h, B, problem_.options.n_threads);
    } else {
      weighted_gram(X, rows, h, {}, B, problem_.options.n_threads);
    }
  }

  // The regularisation of every column: a share of the diagonal of the upper bound over all rows.
  // It decreases with the effective sample size of the column, (sum s x^2)^2 / sum (s x^2)^2.
  std::vector<double> hold() const {
    const ColumnMoments moments = column_moments(X_, problem_);
    const double share = kLeast * problem_.max_curvature() / static_cast<double>(problem_.n_rows());
    std::vector<double> result(problem_.n_features() + 1,
                               share * moments.weight * kPartOfIntercept);
    for (std::size_t j = 0; j < problem_.n_features(); ++j) {
      const double sum = moments.sums[j];
      const double squares = moments.squares[j];
      const bool few = squares * kRowsToTell >= sum * sum;
      const double part = few ? 1 : std::max(kLeastPart, kRowsToTell * squares / (sum * sum));
      result[j] = share * sum * part;
    }
    return result;
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  std::vector<std::size_t> sample_;
  CopiedRows<T> copy_;  // of the sample, or empty
};

}  // namespace slimline
