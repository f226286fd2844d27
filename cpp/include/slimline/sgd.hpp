// Linear models by (stochastic) gradient descent.
//
// For each output c (one per class one-vs-rest, one for two classes or a regression) minimise
//
//   1/S sum_i s_i loss(y_ic, w_c . x_i + b_c) + alpha/2 |w_c|^2        (penalty "l2"; S = sum_i
//   s_i)
//
// over w_c and b_c; b is not penalised. With batch_size 1 every row makes one update in seeded
// random order, as in scikit-learn's SGDClassifier: w -= eta (s_i loss' x_i + alpha w). With larger
// batches the gradient is the weighted mean over the batch; batch_size 0 means all rows: plain
// gradient descent.
//
// Stops for output c when the objective, as seen during an epoch, has not fallen by more than tol
// below its best for n_iter_no_change epochs, or after max_iter epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "slimline/matrix.hpp"

namespace slimline {

// Rows to learn from, in the caller's memory.
template <class T>
using Samples =
    std::variant<MatrixView<const T>, CsrView<T, std::int32_t>, CsrView<T, std::int64_t>>;

struct SgdOptions {
  std::string loss = "hinge";        // see loss_names()
  std::string penalty = "l2";        // see penalty_names()
  std::string schedule = "optimal";  // see schedule_names()
  double alpha = 1e-4;               // >= 0; > 0 with schedule "optimal"
  double epsilon = 0.1;              // width of the insensitive losses and of huber
  double eta0 = 0.01;                // > 0
  double power_t = 0.5;              // exponent of invscaling and power
  double decay = 1e-3;               // of power, >= 0
  bool fit_intercept = true;
  bool shuffle = true;               // visit the rows in a new order every epoch
  std::size_t batch_size = 1;        // 0: all rows
  std::size_t max_iter = 1000;       // epochs, >= 1
  std::size_t n_iter_no_change = 5;  // >= 1
  double tol = 1e-3;                 // minus infinity: never stop early
  std::uint64_t seed = 0;
  int n_threads = 1;  // the result does not depend on it
};

// y: class indices 0..n_classes-1 when n_classes >= 2, values when n_classes is 0; shape
// (n_samples). sample_weight: >= 0, shape (n_samples). class_weight: > 0, shape (n_classes), empty
// for regression.
struct SgdTargets {
  std::span<const double> y;
  std::span<const double> sample_weight;
  std::span<const double> class_weight;
  std::size_t n_classes = 0;
};

struct SgdResult {
  std::vector<std::size_t> n_iter;  // epochs run, one per output
  bool converged = false;           // every output stopped before max_iter
  bool diverged = false;      // an output ended far above where it began; the weights are finite
  std::uint64_t updates = 0;  // made for an output that ran all its epochs
};

// Called after every epoch with its number from 1 and the mean objective; true ends the fit by
// throwing Interrupted.
using EpochCallback = std::function<bool(std::size_t epoch, double objective)>;

std::vector<std::string> loss_names();
std::vector<std::string> penalty_names();
std::vector<std::string> schedule_names();

// The value and the derivative with respect to `prediction` of a loss, for tests and plots.
std::pair<double, double> loss_at(const std::string& loss, double epsilon, double prediction,
                                  double target);

// The step size of a schedule after `updates` updates of `updates_per_epoch` in each epoch.
double schedule_at(const SgdOptions& options, std::uint64_t updates, double updates_per_epoch);

// Trains from the given start. coef: (n_outputs, n_features) and intercept: (n_outputs) are read as
// the start and overwritten. Throws std::invalid_argument on bad options and when the iteration
// diverges, Interrupted when the callback asks for it.
template <class T>
SgdResult sgd_fit(const Samples<T>& X, const SgdTargets& targets, const SgdOptions& options,
                  const EpochCallback& on_epoch, MatrixView<T> coef, std::span<double> intercept);

}  // namespace slimline
