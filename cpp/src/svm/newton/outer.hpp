// The outer iterations of newton.hpp on one set of rows.
//
// Each iteration fixes the multipliers beta and the penalty sigma, and minimises the augmented
// Lagrangian in rounds. A round takes Newton steps on the active rows, those near a kink of their
// loss, and ends with a full pass, which computes beta' and the gap over all rows. When the minimum
// is accurate enough, either the gap is certified and the iterations stop, or the multipliers
// become beta' and sigma grows.
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "svm/newton/rows.hpp"
#include "svm/newton/steps.hpp"
#include "svm/task.hpp"

namespace slimline {

// The starting point: (w, b), and if known the multipliers, sigma in units of the costs, and a
// bound on the change of the residuals up to the solution.
struct NewtonBegin {
  std::vector<double> w;
  double b = 0;
  std::vector<double> beta;
  double sigma = 0;
  double reach = 0;
  std::size_t iterations = 0;
};

class NewtonOuter {
 public:
  NewtonOuter(const AnySamples& X, const SvmTask& task, const SvmOptions& options,
              const SvmWatch& watch, NewtonBegin begin, Workspace& workspace);

  // Runs until the gap is at most tol and done(), if given, accepts it; until max_iter; or until
  // rounding permits no further progress.
  void run(const std::function<bool()>& done);

  const NewtonPoint& point() const { return point_; }
  std::span<const double> beta() const { return next_; }
  std::size_t iterations() const { return iterations_; }
  double mean_residual() const;  // of |z - w x - b|, weighted by the costs

 private:
  template <class Value>  // weighted by the costs, so that a weight of 2 equals the row twice
  double weighted_mean(const Value& value) const;
  // Root mean square, weighted likewise.
  double distance(std::span<const double> a, std::span<const double> b) const;
  void update_residuals();
  void measure_spreads();
  void update_slopes();
  void raise_multipliers();
  void sharpen();
  kernels::ProxSums sums_of(std::size_t begin, std::size_t end) const;
  kernels::ProxSums evaluate_rows(std::size_t begin, std::size_t end, bool anew);
  template <class Rows>
  void add_up(const Rows& rows);
  void find_gap();
  void evaluate();
  std::vector<double> combined() const;
  std::vector<double> descent() const;
  double error() const;
  double imbalance() const;
  double distance_to_minimum() const;
  double allowed_error() const;
  bool accurate() const;
  bool promising() const;
  void choose_rows(double reach);
  double first_window() const;
  bool round();
  bool advances();
  bool hindered() const;
  bool correct();
  bool correct(double window);
  void take(std::span<const double> beta);

  const AnySamples& X_;
  const SvmTask& task_;
  const SvmOptions& options_;
  const SvmWatch& watch_;
  const bool squared_;
  std::span<double> cost_;
  double costs_;  // their sum
  NewtonTerms terms_;
  std::span<double> s_;       // residuals z - f - b
  std::span<double> before_;  // s before the last round
  std::span<double> stage_;   // s at the first point with these multipliers
  std::span<double> next_;    // beta'
  std::span<double> change_;  // of beta'
  std::span<std::size_t> chosen_;
  NewtonPoint point_;
  NewtonSteps steps_;
  kernels::ProxSums sums_{};  // over all rows
  double primal_ = 0;
  double gap_ = 0;
  double sigma_ = 0;
  double most_sigma_ = 0;
  double accuracy_ = 1;
  double reach_ = 0;  // 0: unknown
  double window_ = 0;
  int rounds_ = 0;  // with these multipliers
  int recessions_ = 0;
  bool stepped_ = false;  // with these multipliers
  bool evaluated_ = false;
  bool tried_ = false;  // whether a certificate was computed at this minimum
  std::size_t iterations_ = 0;
  std::size_t advanced_ = 0;  // iterations at the last progress
  double best_gap_ = std::numeric_limits<double>::infinity();
  double best_primal_ = std::numeric_limits<double>::infinity();
};

}  // namespace slimline
