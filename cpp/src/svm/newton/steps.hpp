// Newton steps on the active rows. Far from a kink of its loss the beta' of a row does not change
// while (w, b) moves a little; such rows take part only through their share of X' beta'.
//
// The derivatives of beta' (the curvature of the rows' terms) are means over a window as wide as
// the predicted move of the residuals. At a point, only the rows exactly at a kink would have
// curvature. Where these are few for their columns (sharp kinks, rare columns), steps would be far
// too long, and the line search would shorten them to next to nothing.
#pragma once

#include <span>
#include <vector>

#include "svm/newton/rows.hpp"
#include "svm/newton/system.hpp"
#include "svm/task.hpp"

namespace slimline {

// (w, b), and the sums over all rows that the gradient (w - X' beta', -sum beta') needs. Steps are
// solved for rows centred by the task's centre, for which sum beta' times the centre is subtracted
// from X' beta'.
struct NewtonPoint {
  std::vector<double> w;
  double b = 0;
  std::vector<double> combined;  // X' beta'
  double balance = 0;            // sum beta'
};

// In root mean squares of the change of residuals: the predicted length of the next step, and the
// total length of all steps after which other rows may become active.
struct NewtonTrust {
  double window;
  double room;
};

class NewtonSteps {
 public:
  // On rows of the task, in memory of the workspace.
  NewtonSteps(const AnySamples& X, const SvmTask& task, int n_threads, NewtonPoint& point,
              Workspace& workspace);

  // Starts with the present content of rows(), whose beta must belong to the point.
  void begin(NewtonTrust trust) { trust_ = trust; }
  NewtonRows& rows() { return rows_; }

  // One step with a line search. Returns false if it is too small to change anything.
  bool step();

  // The predicted decrease of the objective by the last step, to first order. Where it is close to
  // zero while X' beta' still differs from w, the rounding of the residuals prevents progress.
  double rate() const { return rate_; }
  // Moves beta' instead of the point, within its bounds, so that X' beta' becomes w and, with an
  // intercept, sum beta' becomes 0. beta' has more precision than the residuals.
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
  std::span<std::size_t> active_;  // rows of X with curvature
  std::span<double> df_;           // X dw
  std::span<double> change_;       // of beta'
  std::vector<double> step_;       // (dw, db)
  std::vector<double> added_;      // X' change
};

}  // namespace slimline
