#include "tables/fused_layer.hpp"

#include <cmath>
#include <utility>

#include "slimline/size.hpp"
#include "tables/input_weights.hpp"

namespace slimline {

// Makes the part of each block; what every row has goes to `bias`.
class FusedLayer::Multiplication {
 public:
  Multiplication(const table::Encoder& encoder, const InputWeights& weights,
                 std::vector<double>& bias)
      : encoder_(encoder), weights_(weights), bias_(bias) {}

  Part part(std::size_t block) {
    block_ = block;
    first_ = encoder_.first_feature(block);
    return std::visit([this](const auto& b) { return multiply(b); }, encoder_.blocks()[block]);
  }

 private:
  std::size_t n_out() const { return bias_.size(); }
  double weight(std::size_t k, std::size_t output) const { return weights_(first_ + k, output); }
  template <class Values>
  Values room(std::size_t rows) const {
    return Values(checked_product(rows, n_out()));
  }

  Part multiply(const table::NumbersBlock& block) {
    const std::size_t d = block.columns.size();
    if (d == 0 || !block.steps.line(0)) return products(d);
    Lines lines{block.columns, std::vector<bool>(d), room<std::vector<double>>(d),
                room<std::vector<double>>(d)};
    for (std::size_t j = 0; j < d; ++j) {
      const table::Line line = *block.steps.line(j);
      lines.imputes[j] = !std::isnan(line.missing);
      for (std::size_t o = 0; o < n_out(); ++o) {
        const double w = weight(j, o);
        lines.slope[j * n_out() + o] = line.slope * w;
        lines.missing[j * n_out() + o] = (line.missing - line.intercept) * w;
        bias_[o] += line.intercept * w;
      }
    }
    return lines;
  }

  Part multiply(const table::MissingBlock& block) {
    const std::size_t d = block.columns.size();
    Marks marks{block.columns, room<std::vector<double>>(d)};
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t o = 0; o < n_out(); ++o) {
        marks.missing[j * n_out() + o] = (block.missing[j] - block.present[j]) * weight(j, o);
        bias_[o] += block.present[j] * weight(j, o);
      }
    }
    return marks;
  }

  Part multiply(const table::CategoriesBlock& block) {
    const auto n = static_cast<std::size_t>(block.outcomes.n_outcomes());
    Outcomes part{block_, room<std::vector<float>>(n + 1)};
    float* row = part.rows.data() + n_out();
    for (std::size_t outcome = 0; outcome < n; ++outcome) {
      for (std::size_t o = 0; o < n_out(); ++o) {
        double sum = block.width == 0 ? weight(outcome, o) : 0;
        for (std::size_t k = 0; k < block.width; ++k) {
          sum += block.values[outcome * block.width + k] * weight(k, o);
        }
        *row++ = static_cast<float>(sum);
      }
    }
    return part;
  }

  Part multiply(const table::BinsBlock& block) {
    const std::size_t d = block.columns.size();
    Bins part{block_, room<std::vector<float>>(block.edges.size() + d)};
    float* row = part.rows.data();
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t bin = 0; bin < block.bins(j); ++bin) {
        for (std::size_t o = 0; o < n_out(); ++o) {
          *row++ = static_cast<float>(block.one_hot ? weight(block.starts[j] + j + bin, o)
                                                    : weight(j, o) * static_cast<double>(bin));
        }
      }
    }
    return part;
  }

  Part multiply(const table::PolynomialBlock& block) { return products(block.n_out); }

  Part products(std::size_t n_features) const {
    Products part{block_, room<std::vector<double>>(n_features)};
    for (std::size_t k = 0; k < n_features; ++k) {
      for (std::size_t o = 0; o < n_out(); ++o) part.weight[k * n_out() + o] = weight(k, o);
    }
    return part;
  }

  const table::Encoder& encoder_;
  const InputWeights& weights_;
  std::vector<double>& bias_;
  std::size_t block_ = 0;
  std::size_t first_ = 0;
};

FusedLayer::FusedLayer(const table::Encoder& encoder, const FirstLayer& first)
    : encoder_(encoder), activation_(make_fused_activation(first.activation)) {
  const InputWeights weights(first, encoder.n_features());
  bias_ = weights.bias();
  Multiplication multiplication(encoder, weights, bias_);
  for (std::size_t b = 0; b < encoder.blocks().size(); ++b) {
    parts_.push_back(multiplication.part(b));
  }
}

}  // namespace slimline
