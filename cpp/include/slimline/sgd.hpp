// Linear models by (stochastic) gradient descent.
//
// For each output c (one per class one-vs-rest, one for two classes, one per target of a
// regression) minimise
//
//   1/S sum_i s_i loss(y_ic, w_c . x_i + b_c) + alpha (l1_ratio |w_c|_1 + (1 - l1_ratio)/2 |w_c|^2)
//
// over w_c and b_c, where S = sum_i s_i and b is not penalised. The loss "multinomial" couples the
// outputs: -log softmax(w_c . x_i + b_c) of the row's class, summed penalties.
//
// With batch_size 1 every row makes one update in seeded random order, as in scikit-learn's
// SGDClassifier: w -= eta (s_i loss' x_i + alpha w). Large data are trained in shards whose weights
// are averaged many times per epoch (local SGD; Stich, ICLR 2019). Their number follows from the
// size of the data, never from the number of threads. With larger batches the gradient is the
// weighted mean over the batch; batch_size 0 means all rows.
//
// Stops for output c after max_iter epochs, or when the objective, as summed during an epoch, has
// not decreased to more than tol below its best for n_iter_no_change epochs. Schedule "auto" has a
// stopping rule of its own: see linear/auto_schedule.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/samples.hpp"

namespace slimline {

// What schedule "auto" takes a smaller tol for: as near as a proof in double can come.
inline constexpr double kLeastTol = 1e-9;

struct SgdOptions {
  std::string loss = "hinge";        // see loss_names(), or "multinomial" for 3 classes and more
  std::string penalty = "l2";        // see penalty_names()
  std::string schedule = "optimal";  // see schedule_names()
  double alpha = 1e-4;               // >= 0; > 0 with schedule "optimal"
  double l1_ratio = 0.15;            // share of the l1 norm in penalty "elasticnet"
  double epsilon = 0.1;              // width of the insensitive losses and of huber
  double eta0 = 0.01;                // > 0; "auto" takes it from the data
  double power_t = 0.5;              // exponent of invscaling and power
  double decay = 1e-3;               // of power, >= 0
  double momentum = 0;               // in [0, 1); with batches only
  bool nesterov = false;
  bool adaptive_scale = false;  // AdaGrad on columns divided by their largest value
  bool fit_intercept = true;
  bool shuffle = true;               // visit the rows in a new order every epoch
  std::size_t batch_size = 1;        // 0: all rows
  std::size_t max_iter = 1000;       // epochs, >= 1
  std::size_t n_iter_no_change = 5;  // >= 1
  double tol = 1e-3;                 // minus infinity: never stop early
  std::uint64_t seed = 0;
  int n_threads = 1;                 // the result does not depend on it
  std::uint64_t updates_before = 0;  // made in earlier calls: where the schedules go on
  std::uint64_t average_from = 0;    // first update, from 1, whose weights are averaged; 0: none
  bool partial = false;              // some updates of a fit that others go on with
};

// y: class indices 0..n_classes-1 when n_classes >= 2, shape (n_samples, 1); values when n_classes
// is 0, shape (n_samples, n_targets). sample_weight: >= 0, shape (n_samples). class_weight: > 0,
// shape (n_classes), empty for regression. rows: those to train on, in this order; empty means all.
struct SgdTargets {
  MatrixView<const double> y;
  std::span<const double> sample_weight;
  std::span<const double> class_weight;
  std::span<const std::size_t> rows;
  std::size_t n_classes = 0;
};

// What is learned, in the caller's memory: read as the start and overwritten. The averages are used
// where average_from > 0; squares, the sums of squared gradients of each output and then the
// largest |x| of each column, where adaptive_scale. Elsewhere they may be empty.
template <class T>
struct SgdWeights {
  MatrixView<T> coef;           // (n_outputs, n_features)
  std::span<double> intercept;  // (n_outputs)
  MatrixView<T> average_coef;
  std::span<double> average_intercept;
  MatrixView<T> squares;  // (n_outputs + 1, n_features)
  std::span<double> intercept_squares;
};

struct SgdResult {
  std::vector<std::size_t> n_iter;  // epochs run, one per output
  bool converged = false;           // every output stopped before max_iter; with "auto": gap <= tol
  std::uint64_t updates = 0;        // made for an output that ran all its epochs
  std::vector<double> objective;    // of each output, or of all of them together
  // With P0 the objective of the zero model, whose intercept is its best:
  double above_zero = 0;  // P / P0, sums over the outputs; 0 where that says nothing: "perceptron"
  double gap = 1;  // (P - D) / max(P, P0 / 100) of the worst output, D what "auto" proves P* to be
};

// Called after every epoch with its number from 1 and the objective of each output. It may replace
// these by other values for the stopping rule (a validation score). Returning true ends the fit by
// throwing Interrupted.
using EpochCallback = std::function<bool(std::size_t epoch, std::span<double> objectives)>;

std::vector<std::string> loss_names();  // those of one score; "multinomial" stands apart
std::vector<std::string> penalty_names();
std::vector<std::string> schedule_names();

// The value and the derivative with respect to `prediction` of a loss, for tests and plots.
std::pair<double, double> loss_at(const std::string& loss, double epsilon, double prediction,
                                  double target);

// What is known of a loss besides its values.
struct LossTraits {
  std::string name;
  std::string link;         // from scores of classes to predictions: "margin" without probabilities
  bool regression = false;  // a loss of values; the others are of classes
  bool smooth = false;      // its derivative is continuous
  bool svm = false;         // it has a kink, and the engines of the linear SVM solve it
  double curvature = 0;  // bounds its second derivative; with kinks, what sets the step size alike
};

// Those of loss_names(), and of "multinomial".
std::vector<LossTraits> loss_traits();

// The step size of a schedule after `updates` updates of `updates_per_epoch` in each epoch.
double schedule_at(const SgdOptions& options, std::uint64_t updates, double updates_per_epoch);

// Throws std::invalid_argument on bad options and when the weights become infinite, Interrupted
// when the callback asks for it.
template <class T>
SgdResult sgd_fit(const Samples<T>& X, const SgdTargets& targets, const SgdOptions& options,
                  const EpochCallback& on_epoch, const SgdWeights<T>& weights);

}  // namespace slimline
