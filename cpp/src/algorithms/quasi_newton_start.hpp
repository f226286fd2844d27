// Where QuasiNewton starts, and with which preconditioner B.
//
// With L the bound of the loss' second derivative, B = (L/n) sum_i s_i (x_i, 1)(x_i, 1)' + l2 I is
// at least the Hessian everywhere (Boehning & Lindsay, "Monotonicity of Quadratic-Approximation
// Algorithms", 1988). Where there are many rows for the columns, an eighth of them is fitted first,
// in the same way, after an eighth of those: their optimum is near that of all rows, and B is their
// Hessian there (Byrd, Chin, Neveitt & Nocedal, "On the Use of Stochastic Hessian Information in
// Optimization Methods for Machine Learning", SIAM J. Optim. 21, 2011). All rows then take a few
// passes. Sampled is one row of every eight neighbours, so that sorted rows are sampled evenly. A
// share of L holds up B where the sample has little to say, above all in columns that it does not
// see: steps that are too short cost less than steps that are too long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "algorithms/cholesky.hpp"
#include "algorithms/float_gram.hpp"
#include "algorithms/quasi_newton.hpp"
#include "algorithms/sgd_problem.hpp"
#include "algorithms/svm_rows.hpp"
#include "core/parallel.hpp"
#include "slimline/random.hpp"

namespace slimline {

template <class T, class Rows>
class QuasiNewtonStart {
 public:
  QuasiNewtonStart(const Rows& X, const SgdProblem<T>& problem) : X_(X), problem_(problem) {}

  // The factor of B; moves the weights to the optimum of a sample, if there is one.
  Matrix<double> run() {
    const std::size_t d = problem_.n_features();
    Matrix<double> B(d + 1, d + 1);
    if (suits_sample()) {
      fit_sample();
      take_gram(sample_, curvatures(), B.view());
      hold_up(B.view());
    } else {
      const std::vector<std::size_t> rows = all_rows();
      take_gram(rows, bounds(rows), B.view());
    }
    double trace = 0;
    for (std::size_t j = 0; j < d; ++j) trace += B(j, j);
    // Constant and duplicated columns leave B singular where nothing is penalised.
    const double ridge = problem_.penalty.l2 + 1e-12 * trace / static_cast<double>(d + 1);
    for (std::size_t j = 0; j < d; ++j) B(j, j) += ridge;
    if (!problem_.options.fit_intercept) {
      std::fill_n(B.row(d), d, 0.0);
      B(d, d) = 1;
    }
    factorise(B.view());
    return B;
  }

 private:
  static constexpr std::size_t kShare = 8;
  static constexpr std::size_t kRowsPerColumn = 16;  // that a sample must have
  static constexpr double kSampleTol = 1e-2;         // its optimum is further from that of all rows
  static constexpr double kLeast = 0.2;              // of L, at every row and for every column
  static constexpr std::size_t kChunks = 16;
  static constexpr std::size_t kBlockRows = 64;

  // A loss of constant curvature needs no second look at the Hessian, and outputs that share B have
  // no Hessian in common.
  bool suits_sample() const {
    return problem_.n_outputs() == 1 && !std::holds_alternative<SquaredError>(problem_.loss) &&
           problem_.n_rows() / kShare >= kRowsPerColumn * (problem_.n_features() + 1);
  }

  std::vector<std::size_t> all_rows() const {
    std::vector<std::size_t> rows(problem_.n_rows());
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = problem_.row(k);
    return rows;
  }

  void fit_sample() {
    Random random(problem_.options.seed);
    sample_ = one_of_every(kShare, problem_.n_rows(), random);
    for (std::size_t& k : sample_) k = problem_.row(k);
    SgdTargets targets = problem_.targets;
    targets.rows = sample_;
    SgdOptions options = problem_.options;
    options.tol = std::max(options.tol, kSampleTol);
    const EpochCallback silent;
    const SgdProblem<T> few = problem_.with(targets, options, silent);
    const Matrix<double> factor = QuasiNewtonStart(X_, few).run();
    bool converged = false;
    QuasiNewton<T, Rows>(X_, few, factor.view()).run(options.max_iter, converged);
  }

  // L s_i / n, the largest of all outputs.
  std::vector<double> bounds(std::span<const std::size_t> rows) const {
    std::vector<double> h(rows.size());
    const double share = problem_.lipschitz() / static_cast<double>(rows.size());
    for (std::size_t k = 0; k < rows.size(); ++k) {
      for (std::size_t c = 0; c < problem_.n_outputs(); ++c) {
        h[k] = std::max(h[k], share * problem_.weight(rows[k], c));
      }
    }
    return h;
  }

  // The weighted second derivatives of the losses of the sample.
  std::vector<double> curvatures() const {
    const T* const w = problem_.weights.coef.row(0);
    const std::vector<double> wide(w, w + problem_.n_features());
    std::vector<double> h(sample_.size());
    row_products(X_.view(), sample_, wide, h, problem_.options.n_threads);
    const double share = 1 / static_cast<double>(h.size());
    const double least = kLeast * problem_.lipschitz();
    for (std::size_t k = 0; k < h.size(); ++k) {
      const RowLabel label = problem_.label(sample_[k], 0);
      const double p = h[k] + problem_.weights.intercept[0];
      const double curvature = problem_.loss_point(p, label.target).curvature;
      h[k] = share * label.weight * std::max(curvature, least);
    }
    return h;
  }

  void take_gram(std::span<const std::size_t> rows, std::span<const double> h,
                 MatrixView<double> B) const {
    if constexpr (std::is_same_v<Rows, DenseRows<float>>) {
      float_gram(X_.view(), rows, h, B, problem_.options.n_threads);
    } else {
      weighted_gram(X_.view(), rows, h, B, problem_.options.n_threads);
    }
  }

  // Adds a share of the diagonal that the bound gives, from all rows.
  void hold_up(MatrixView<double> B) const {
    const std::size_t d = problem_.n_features();
    const std::size_t grain = chunk_count(problem_.n_rows(), kChunks);
    Matrix<double> sums(kChunks, d);
    parallel_for(problem_.n_rows(), grain, problem_.options.n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                   std::vector<T> squares(d);
                   for (std::size_t k = begin; k < end; k += kBlockRows) {
                     std::fill(squares.begin(), squares.end(), T{0});
                     for (std::size_t q = k; q < std::min(k + kBlockRows, end); ++q) {
                       const std::size_t i = problem_.row(q);
                       const auto s = static_cast<T>(problem_.label(i, 0).weight);
                       X_.each(i, [&](std::size_t j, T x) { squares[j] += s * x * x; });
                     }
                     for (std::size_t j = 0; j < d; ++j) {
                       sums(chunk, j) += static_cast<double>(squares[j]);
                     }
                   }
                 });
    const double share = kLeast * problem_.lipschitz() / static_cast<double>(problem_.n_rows());
    for (std::size_t chunk = 0; chunk < kChunks; ++chunk) {
      for (std::size_t j = 0; j < d; ++j) B(j, j) += share * sums(chunk, j);
    }
  }

  const Rows& X_;
  const SgdProblem<T>& problem_;
  std::vector<std::size_t> sample_;
};

}  // namespace slimline
