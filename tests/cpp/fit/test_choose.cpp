// The choice of an engine: every row of the tables is reached, at the limits that its text names.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "fit/choose.hpp"
#include "slimline/engines.hpp"
#include "slimline/sgd.hpp"

namespace slimline {
namespace {

LinearFacts smooth_facts(double rows, double columns) {
  return {.rows = rows, .columns = columns, .outputs = 1, .smooth = true, .l2 = true};
}

}  // namespace

TEST_CASE("smooth losses: L-BFGS up to 256 columns for each output and 1,024 in all") {
  CHECK(choose_linear(smooth_facts(1e6, 256)) == LinearEngine::lbfgs);
  CHECK(choose_linear(smooth_facts(1e6, 257)) == LinearEngine::newton_cg);
  LinearFacts many = smooth_facts(1e6, 1024);
  many.outputs = 4;
  CHECK(choose_linear(many) == LinearEngine::lbfgs);
  many.columns = 1025;
  many.outputs = 10;
  CHECK(choose_linear(many) == LinearEngine::newton_cg);
}

TEST_CASE("an l1 norm: a copy of the rows while it is affordable, else proximal gradients") {
  LinearFacts sparse = smooth_facts(1000, 1024);
  sparse.l1 = true;
  CHECK(choose_linear(sparse) == LinearEngine::interior);
  sparse.columns = 1025;
  CHECK(choose_linear(sparse) == LinearEngine::proximal);
  sparse.smooth = false;
  CHECK(choose_linear(sparse) == LinearEngine::descent);
}

TEST_CASE("kinks: the SVM's engines with an l2 norm, the copy without") {
  LinearFacts kinked = smooth_facts(1000, 10);
  kinked.smooth = false;
  kinked.svm = true;
  CHECK(choose_linear(kinked) == LinearEngine::dual_newton);
  kinked.columns = 1024;
  CHECK(choose_linear(kinked) == LinearEngine::dual_newton);
  kinked.columns = 1025;
  CHECK(choose_linear(kinked) == LinearEngine::dual_dcd);
  kinked.columns = 10;
  kinked.awkward = true;
  CHECK(choose_linear(kinked) == LinearEngine::interior);
  kinked.awkward = false;
  kinked.l2 = false;
  CHECK(choose_linear(kinked) == LinearEngine::interior);
  kinked.svm = false;
  kinked.perceptron = true;
  CHECK(choose_linear(kinked) == LinearEngine::descent);
}

TEST_CASE("softmax couples outputs: its Hessian must be affordable as a whole") {
  LinearFacts coupled = smooth_facts(1000, 100);
  coupled.coupled = true;
  coupled.awkward = true;
  coupled.outputs = 10;
  CHECK(choose_linear(coupled) == LinearEngine::interior);
  coupled.outputs = 11;
  CHECK(choose_linear(coupled) == LinearEngine::lbfgs);
}

TEST_CASE("SVM: dcd first where columns are many, by themselves or for the rows") {
  using enum SvmSolver;
  const std::vector<SvmSolver> columns_first{dcd, newton, smo};
  const std::vector<SvmSolver> rows_first{newton, smo};
  CHECK(choose_svm(1'000'000, 1025) == columns_first);
  CHECK(choose_svm(1'000'000, 1024) == rows_first);
  CHECK(choose_svm(257, 129) == columns_first);
  CHECK(choose_svm(258, 129) == rows_first);
  CHECK(choose_svm(10, 128) == rows_first);
}

TEST_CASE("a choice in words: the row that applies, what it depends on, and what continues") {
  const EngineChoice smooth = explain_linear(smooth_facts(1000, 9));
  CHECK(smooth.rule.engines.starts_with("L-BFGS"));
  CHECK(smooth.facts.front() == "1000 rows");
  CHECK(smooth.fallback == engine_rules().front().engines);
  const EngineChoice wide = explain_linear(smooth_facts(1000, 1025));
  CHECK(wide.rule.when == "everything else");
  CHECK(wide.fallback.empty());
  CHECK(choice_for_svm(10, 1025).rule.engines == "`dcd`, `newton`, `smo`");
}

TEST_CASE("the choice for rows is the one for their facts") {
  std::vector<float> values(20 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 7) - 3;
  const Samples<float> X = MatrixView<const float>(values.data(), 20, 3);
  SgdOptions options;
  options.loss = "log_loss";
  options.schedule = "auto";
  const EngineChoice near = choice_for_linear<float>(X, 1, options);
  CHECK(near.rule.engines == explain_linear(smooth_facts(20, 3)).rule.engines);
  for (float& value : values) value += 1e5F;
  CHECK(choice_for_linear<float>(X, 1, options).rule.when == engine_rules().front().when);
}

TEST_CASE("the tables as text: every learner ends with a row for all else, and has it once") {
  std::set<std::string> engines;
  std::set<std::string> ended;
  for (const auto& [learner, when, names] : engine_rules()) {
    CHECK(engines.insert(learner + ": " + names).second);
    CHECK(!ended.contains(learner));
    if (when == "everything else") ended.insert(learner);
  }
  CHECK(ended == std::set<std::string>{"linear", "svm"});
}

}  // namespace slimline
