// The sums of a fused layer, part by part.
#include <algorithm>
#include <cmath>

#include "inputs/table/features.hpp"
#include "slimline/error.hpp"
#include "tables/fused_layer.hpp"

namespace slimline {

// Sums (rows of the chunk, n_out) that parts are added to.
class FusedLayer::Sum {
 public:
  Sum(const FusedLayer& layer, const table::Chunk& chunk, double* sums, Workspace& workspace)
      : encoder_(layer.encoder_),
        chunk_(chunk),
        sums_(sums),
        n_out_(layer.n_out()),
        workspace_(workspace) {}

  void add(const Lines& part) {
    for (std::size_t j = 0; j < part.columns.size(); ++j) {
      const double* x = chunk_.numbers(part.columns[j]);
      const double* slope = part.slope.data() + j * n_out_;
      const double* missing = part.missing.data() + j * n_out_;
      if (!part.imputes[j]) table::require_present(part.columns[j], chunk_);
      if (n_out_ == 1) {
        for (std::size_t i = 0; i < chunk_.rows; ++i) {
          sums_[i] += std::isnan(x[i]) ? missing[0] : slope[0] * x[i];
        }
        continue;
      }
      for (std::size_t i = 0; i < chunk_.rows; ++i) {
        if (std::isnan(x[i])) {
          add_row(i, missing);
        } else {
          add_multiple(i, x[i], slope);
        }
      }
    }
  }

  void add(const Products& part) {
    const table::Block& block = encoder_.blocks()[part.block];
    if (const auto* numbers = std::get_if<table::NumbersBlock>(&block)) {
      const double* x = stepped_columns(*numbers, chunk_, workspace_);
      for (std::size_t j = 0; j < numbers->columns.size(); ++j) {
        add_products(x + j * chunk_.rows, part.weight.data() + j * n_out_);
      }
      return;
    }
    const auto& polynomial = std::get<table::PolynomialBlock>(block);
    const double* x = stepped_columns(polynomial, chunk_, workspace_);
    auto* product = workspace_.take<double>(chunk_.rows);
    for (std::size_t k = 0; k < polynomial.n_out; ++k) {
      multiply_powers(polynomial, k, chunk_, x, product);
      add_products(product, part.weight.data() + k * n_out_);
    }
  }

  void add(const Marks& part) {
    for (std::size_t j = 0; j < part.columns.size(); ++j) {
      table::for_each_mark(encoder_, part.columns[j], chunk_, [&](std::size_t i, bool missing) {
        if (missing) add_row(i, part.missing.data() + j * n_out_);
      });
    }
  }

  void add(const Outcomes& part) {
    const std::int32_t* outcomes = chunk_.outcomes(part.block);
    for (std::size_t i = 0; i < chunk_.rows; ++i) {
      add_row(i, part.rows.data() + static_cast<std::size_t>(outcomes[i] + 1) * n_out_);
    }
  }

  void add(const Bins& part) {
    const auto& block = std::get<table::BinsBlock>(encoder_.blocks()[part.block]);
    auto* bins = workspace_.take<std::int32_t>(chunk_.rows);
    for (std::size_t j = 0; j < block.columns.size(); ++j) {
      table::find_bins(block, j, chunk_, bins);
      const float* rows = part.rows.data() + (block.starts[j] + j) * n_out_;
      for (std::size_t i = 0; i < chunk_.rows; ++i) {
        add_row(i, rows + static_cast<std::size_t>(bins[i]) * n_out_);
      }
    }
  }

 private:
  template <class T>
  void add_row(std::size_t i, const T* row) {
    double* sums = sums_ + i * n_out_;
    for (std::size_t o = 0; o < n_out_; ++o) sums[o] += static_cast<double>(row[o]);
  }
  void add_multiple(std::size_t i, double x, const double* row) {
    double* sums = sums_ + i * n_out_;
    for (std::size_t o = 0; o < n_out_; ++o) sums[o] += x * row[o];
  }
  void add_products(const double* x, const double* weight) {
    for (std::size_t i = 0; i < chunk_.rows; ++i) add_multiple(i, x[i], weight);
  }

  const table::Encoder& encoder_;
  const table::Chunk& chunk_;
  double* sums_;
  std::size_t n_out_;
  Workspace& workspace_;
};

void FusedLayer::forward(const table::Chunk& chunk, MatrixView<float> out,
                         Workspace& workspace) const {
  const Workspace::Scope scope(workspace);
  auto* sums = workspace.take<double>(chunk.rows, n_out());
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    std::copy(bias_.begin(), bias_.end(), sums + i * n_out());
  }
  Sum sum(*this, chunk, sums, workspace);
  for (const Part& part : parts_) {
    const Workspace::Scope part_scope(workspace);
    std::visit([&sum](const auto& p) { sum.add(p); }, part);
  }
  bool finite = true;
  for (std::size_t i = 0; i < chunk.rows; ++i) {
    float* y = out.row(i);
    for (std::size_t o = 0; o < n_out(); ++o) {
      const auto z = static_cast<float>(sums[i * n_out() + o]);
      finite &= std::isfinite(z);
      y[o] = activation_.relu && z < 0 ? 0.0F : z;
    }
    if (activation_.rest != nullptr) activation_.rest(y, n_out());
  }
  if (!finite) refuse(chunk, workspace);
}

// A number that overflows on its way to a feature is named; else it is the layer that makes it so.
void FusedLayer::refuse(const table::Chunk& chunk, Workspace& workspace) const {
  const auto features = workspace.take_matrix<double>(chunk.rows, encoder_.n_features());
  table::encode_chunk(encoder_, chunk, features, workspace);
  require(false,
          "what the model makes of X must be finite and within float32, got NaN or infinity");
}

}  // namespace slimline
