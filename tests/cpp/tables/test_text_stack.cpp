#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "slimline/random.hpp"
#include "slimline/text_stack.hpp"
#include "tables/text_cases.hpp"

namespace slimline {
namespace {

std::vector<std::string> some_texts(std::size_t n) {
  Random random(5);
  std::vector<std::string> texts(n);
  for (std::string& text : texts) {
    for (std::size_t words = random.below(60); words > 0; --words) {
      for (std::size_t n_letters = 1 + random.below(4); n_letters > 0; --n_letters) {
        text += random.below(9) == 0 ? std::string("\xC3\xA9")
                                     : std::string(1, static_cast<char>('a' + random.below(4)));
      }
      text += ' ';
    }
  }
  return texts;
}

std::vector<float> random_floats(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(random.below(2001)) / 1000.0F - 1.0F;
  return values;
}

struct Expected {
  std::vector<double> outputs;
  std::vector<double> sizes;  // of the products that an output is the sum of
};

// Features as rows, then a product.
Expected expected_outputs(const TextFeatures& features, const std::vector<std::string_view>& texts,
                          MatrixView<const float> weight, std::span<const float> bias,
                          bool some = false) {
  const auto rows = vectorize<double>(features.analyzer, features.columns(), texts,
                                      {.binary = features.binary,
                                       .sublinear = features.sublinear,
                                       .idf = features.idf,
                                       .norm = features.norm},
                                      1);
  Expected expected;
  std::size_t k = 0;
  for (const std::int64_t end : rows.row_ends) {
    std::vector<double> sums(bias.begin(), bias.end());
    std::vector<double> sizes(sums.size(), 1.0);
    for (; k < static_cast<std::size_t>(end); ++k) {
      auto feature = static_cast<std::size_t>(rows.columns[k]);
      if (some) {
        if (!is_kept(feature)) continue;
        feature = features.hashes() ? feature / 2 : weight.cols() - 1 - feature / 2;
      }
      for (std::size_t o = 0; o < sums.size(); ++o) {
        const double product = rows.values[k] * static_cast<double>(weight(o, feature));
        sums[o] += product;
        sizes[o] += std::abs(product);
      }
    }
    expected.outputs.insert(expected.outputs.end(), sums.begin(), sums.end());
    expected.sizes.insert(expected.sizes.end(), sizes.begin(), sizes.end());
  }
  return expected;
}

// A TextStack of one layer, and what it was made of.
struct Fused {
  explicit Fused(const Case& c)
      : texts(some_texts(300)),
        all(features_of(c, texts)),
        shared(std::make_shared<const TextFeatures>(c.some ? some_of(all) : all)),
        features(*shared),
        weight(random_floats(c.n_out * features.n_features(), 7)),
        bias(random_floats(c.n_out, 8)),
        stack(shared, {matrix(), bias, "identity"}, nullptr) {}

  MatrixView<const float> matrix() const {
    return {weight.data(), bias.size(), features.n_features()};
  }
  std::vector<float> outputs(std::span<const std::string_view> some, int n_threads) const {
    std::vector<float> out(some.size() * bias.size());
    stack.forward(some, {out.data(), some.size(), bias.size()}, n_threads);
    return out;
  }

  std::vector<std::string> texts;
  TextFeatures all;
  std::shared_ptr<const TextFeatures> shared;
  const TextFeatures& features;
  std::vector<float> weight;
  std::vector<float> bias;
  TextStack stack;
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const bool hashed : {false, true}) {
    for (const Norm norm : {Norm::kNone, Norm::kL1, Norm::kL2}) {
      for (const std::size_t n_out : {1U, 3U, 20U}) {
        for (int bits = 0; bits < 8; ++bits) {
          cases.push_back({.options = {.max_n = n_out == 3 ? 2U : 1U},
                           .hashed = hashed,
                           .has_idf = (bits & 1) != 0,
                           .binary = n_out == 20,
                           .sublinear = (bits & 2) != 0,
                           .norm = norm,
                           .n_out = n_out,
                           .some = (bits & 4) != 0});
        }
      }
    }
  }
  cases.push_back({.options = {.unit = TermUnit::kChar, .min_n = 1, .max_n = 3}, .has_idf = true});
  cases.push_back({.options = {.unit = TermUnit::kCharWb, .min_n = 2, .max_n = 4}, .n_out = 9});
  return cases;
}

}  // namespace

TEST_CASE("fused outputs of texts are those of features, then a product") {
  for (const Case& c : all_cases()) {
    const Fused fused(c);
    const auto texts = views_of(fused.texts);
    const auto expected = expected_outputs(fused.all, texts, fused.matrix(), fused.bias, c.some);
    const auto got = fused.outputs(texts, 1);
    REQUIRE(got.size() == expected.outputs.size());
    double error = 0;  // in roundings to float32
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double apart = std::abs(static_cast<double>(got[i]) - expected.outputs[i]);
      error = std::max(error, apart / expected.sizes[i] * 0x1p24);
    }
    CHECK(error < 3);
    // Alone, and on any number of threads, to the bit.
    CHECK(fused.outputs(texts, 3) == got);
    std::vector<float> alone;
    for (const std::string_view& text : texts) {
      const auto out = fused.outputs({&text, 1}, 1);
      alone.insert(alone.end(), out.begin(), out.end());
    }
    CHECK(alone == got);
  }
}

TEST_CASE("layers behind the first one, and winners, are those of a Stack") {
  const Fused fused({.has_idf = true, .n_out = 20});
  const auto texts = views_of(fused.texts);
  for (const std::string activation : {"relu", "tanh"}) {
    const auto second = random_floats(3 * 20, 9);
    const auto third = random_floats(3, 10);
    const auto behind = [&] {
      auto layers = std::make_shared<Stack>(20);
      layers->add(DenseLayer({second.data(), 3, 20}, third, "identity"));
      return layers;
    };
    const TextStack stack(fused.shared, {fused.matrix(), fused.bias, activation}, behind());
    CHECK(stack.n_outputs() == 3);
    std::vector<float> got(texts.size() * 3);
    stack.forward(texts, {got.data(), texts.size(), 3}, 2);

    auto hidden = fused.outputs(texts, 1);
    std::vector<float> gradient(hidden.size());
    activate(activation, std::vector<float>(hidden), hidden, gradient);
    std::vector<float> expected(got.size());
    const MatrixView<const float> inputs(hidden.data(), texts.size(), 20);
    behind()->forward(inputs, {expected.data(), texts.size(), 3}, 1);
    double error = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      error = std::max(error, static_cast<double>(std::abs(got[i] - expected[i])));
    }
    CHECK(error < 1e-5);
    std::vector<std::int64_t> places(texts.size());
    stack.winners(texts, places, 2);
    for (std::size_t i = 0; i < texts.size(); ++i) CHECK(places[i] == winner({&got[3 * i], 3}));
  }
}

TEST_CASE("what stands in front of the first layer is multiplied in") {
  const Fused fused({});
  const std::size_t n = fused.features.n_features();
  const std::vector<std::int32_t> selected = {1, 4, 5};
  const std::vector<float> weight = {1, -2, 3};
  const std::vector<double> offset = {0.25, 0, -1};
  const std::vector<float> scale = {2, 1, 0.5};
  const TextStack stack(fused.shared,
                        {.weight = {weight.data(), 1, 3},
                         .bias = std::span(fused.bias).first(1),
                         .activation = "identity",
                         .selected = selected,
                         .offset = offset,
                         .scale = scale},
                        nullptr);
  std::vector<float> plain(n);
  float bias = fused.bias[0];
  for (std::size_t k = 0; k < 3; ++k) {
    plain[static_cast<std::size_t>(selected[k])] = weight[k] * scale[k];
    bias -= weight[k] * scale[k] * static_cast<float>(offset[k]);
  }
  const auto texts = views_of(fused.texts);
  const auto expected = expected_outputs(fused.features, texts, {plain.data(), 1, n}, {&bias, 1});
  std::vector<float> got(texts.size());
  stack.forward(texts, {got.data(), got.size(), 1}, 1);
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(expected.outputs[i]));
}

TEST_CASE("texts of megabytes are read like others") {
  std::vector<std::string> texts(2);
  texts[0] = std::string(10'000'000, 'a');                                  // without a space
  for (int i = 0; i < 1'000'000; ++i) texts[1] += std::to_string(i) + ' ';  // all distinct
  for (const bool hashed : {false, true}) {
    const Fused fused({.options = {.max_n = 2}, .hashed = hashed});
    const auto expected =
        expected_outputs(fused.features, views_of(texts), fused.matrix(), fused.bias);
    const auto got = fused.outputs(views_of(texts), 1);
    for (std::size_t i = 0; i < 2; ++i) CHECK(got[i] == doctest::Approx(expected.outputs[i]));
    const auto small = views_of(fused.texts);
    CHECK(fused.outputs(small, 1) ==
          Fused({.options = {.max_n = 2}, .hashed = hashed}).outputs(small, 1));
  }
}

TEST_CASE("parts that do not fit together are refused") {
  const Fused fused({.has_idf = true});
  const auto texts = views_of(fused.texts);
  const auto refused = [&](const auto& change) {
    TextFeatures features = fused.features;
    std::vector<float> weight = fused.weight;
    change(features, weight);
    const FirstLayer first{{weight.data(), 1, weight.size()}, fused.bias, "identity"};
    CHECK_THROWS_AS(TextStack(std::make_shared<const TextFeatures>(features), first, nullptr),
                    std::invalid_argument);
  };
  refused([](TextFeatures& f, auto&) { f.idf.pop_back(); });
  refused([](TextFeatures& f, auto&) { f.idf[0] = std::numeric_limits<double>::infinity(); });
  refused([](TextFeatures& f, auto&) { f.features = {0}; });
  refused([](TextFeatures& f, auto&) { f.features.assign(f.n_columns(), 0); });
  refused([](TextFeatures& f, auto&) { f.silent = SilentTerms({1, 2}); });
  refused([](TextFeatures& f, auto&) {
    f.idf.clear();
    f.terms = TermHashing{0};
  });
  refused([](TextFeatures&, std::vector<float>& w) { w.pop_back(); });
  refused([](TextFeatures& f, std::vector<float>& w) {
    f.idf[0] = 1e30;
    w[0] = 1e30F;
  });
  std::vector<float> out(texts.size());
  CHECK_THROWS_AS(fused.stack.forward(texts, {out.data(), 1, 1}, 1), std::invalid_argument);
}

}  // namespace slimline
