// Newton steps on the rows that matter. Far from a kink of its loss a row's beta' stays what it is
// while (w, b) moves a little: such rows take part only through what they add to X' beta'.
//
// The slopes of beta' are means over a window as wide as the next move is likely to be. Slopes at
// a point see no kink but those that rows are on; where these are few for their columns (sharp
// kinks, rare columns) such steps are far too long and the line search leaves next to nothing.
#pragma once

#include <span>
#include <vector>

#include "svm/newton/rows.hpp"
#include "svm/newton/system.hpp"
#include "svm/task.hpp"

namespace slimline {

// (w, b) with what the gradient (w - X' beta', -sum beta') needs, over all rows. Steps are solved
// for rows less the task's centre, whose gradient of w is that less sum beta' of the centre.
struct NewtonPoint {
  std::vector<double> w;
  double b = 0;
  std::vector<double> combined;  // X' beta'
  double balance = 0;            // sum beta'
};

// In root mean squares of the change of residuals: how far the next step is likely to lead, and how
// far all steps together may lead before other rows matter.
struct NewtonTrust {
  double window;
  double room;
};

class NewtonSteps {
 public:
  // On rows of the task, in memory of the workspace.
  NewtonSteps(const AnySamples& X, const SvmTask& task, int n_threads, NewtonPoint& point,
              Workspace& workspace);

  // Begins anew with what rows() then holds; its beta and the point must belong together.
  void begin(NewtonTrust trust) { trust_ = trust; }
  NewtonRows& rows() { return rows_; }

  // One step with a line search; false when it is too small to change anything.
  bool step();

  // What the last step was to lower the objective by, to first order. Where that is next to nothing
  // and X' beta' still is not w, rounding of the residuals holds it up.
  double rate() const { return rate_; }
  // Moves beta' instead of the point, along the slopes, so that X' beta' becomes w and, with an
  // intercept, sum beta' 0: beta' has digits that residuals have not. Within the bounds.
  void correct();

  double window() const { return trust_.window; }
  // v' H v for a change v of w, by the matrix of the last step; 0 where none was formed.
  double curvature(std::span<const double> v) const { return solver_.curvature(v); }
  bool exhausted() const { return trust_.room <= 0; }

 private:
  std::size_t find_active();
  double solve(std::size_t n_active);
  double intercept_ridge() const;
  double step_size() const;
  double derivative(double t) const;
  double line_search(double rate) const;
  bool move(double t);
  void evaluate();

  const AnySamples& X_;
  const SvmTask& task_;
  const int n_threads_;
  NewtonPoint& point_;
  NewtonRows rows_;
  NewtonTrust trust_{};
  NewtonSolver solver_;
  double rate_ = 0;
  std::span<double> slope_;
  std::span<std::size_t> active_;  // rows of X with a slope
  std::span<double> df_;           // X dw
  std::span<double> change_;       // of beta'
  std::vector<double> step_;       // (dw, db)
  std::vector<double> added_;      // X' change
};

}  // namespace slimline
