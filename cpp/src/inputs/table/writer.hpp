// The features of a chunk of rows, one by one, for a matrix or for compressed rows.
#pragma once

#include "inputs/table/features.hpp"

namespace slimline::table {

// Gives put(row, feature, value), block after block, each row's features in ascending order, the
// features of a chunk of rows: all that are not zero, and some that are.
template <class Put>
class Writer {
 public:
  Writer(const Encoder& encoder, const Chunk& chunk, Workspace& workspace, const Put& put)
      : encoder_(encoder), chunk_(chunk), workspace_(workspace), put_(put) {}

  void write_all() {
    for (block_ = 0; block_ < encoder_.blocks().size(); ++block_) {
      const Workspace::Scope scope(workspace_);
      first_ = encoder_.first_feature(block_);
      std::visit([this](const auto& block) { write(block); }, encoder_.blocks()[block_]);
    }
  }

 private:
  void write(const NumbersBlock& block) {
    const double* x = stepped_columns(block, chunk_, workspace_);
    for (std::size_t j = 0; j < block.columns.size(); ++j) write_column(j, x + j * chunk_.rows);
  }
  void write(const MissingBlock& block) {
    for (std::size_t j = 0; j < block.columns.size(); ++j) {
      const double values[2] = {block.present[j], block.missing[j]};
      for_each_mark(encoder_, block.columns[j], chunk_, [&](std::size_t i, bool missing) {
        put_(i, first_ + j, values[missing ? 1 : 0]);
      });
    }
  }
  void write(const CategoriesBlock& block) {
    const std::int32_t* outcomes = chunk_.outcomes(block_);
    for (std::size_t i = 0; i < chunk_.rows; ++i) {
      if (outcomes[i] == Outcomes::kNoFeature) continue;
      const auto outcome = static_cast<std::size_t>(outcomes[i]);
      if (block.width == 0) put_(i, first_ + outcome, 1.0);
      for (std::size_t k = 0; k < block.width; ++k) {
        put_(i, first_ + k, block.values[outcome * block.width + k]);
      }
    }
  }
  void write(const BinsBlock& block) {
    auto* bins = workspace_.take<std::int32_t>(chunk_.rows);
    for (std::size_t j = 0; j < block.columns.size(); ++j) {
      find_bins(block, j, chunk_, bins);
      const std::size_t first = first_ + j + (block.one_hot ? block.starts[j] : 0);
      for (std::size_t i = 0; i < chunk_.rows; ++i) {
        if (block.one_hot) {
          put_(i, first + static_cast<std::size_t>(bins[i]), 1.0);
        } else {
          put_(i, first, static_cast<double>(bins[i]));
        }
      }
    }
  }
  void write(const PolynomialBlock& block) {
    const double* x = stepped_columns(block, chunk_, workspace_);
    auto* product = workspace_.take<double>(chunk_.rows);
    for (std::size_t k = 0; k < block.n_out; ++k) {
      multiply_powers(block, k, chunk_, x, product);
      write_column(k, product);
    }
  }
  void write_column(std::size_t k, const double* x) {
    for (std::size_t i = 0; i < chunk_.rows; ++i) put_(i, first_ + k, x[i]);
  }

  const Encoder& encoder_;
  const Chunk& chunk_;
  Workspace& workspace_;
  const Put& put_;
  std::size_t block_ = 0;
  std::size_t first_ = 0;
};

// put(row of the chunk, feature, value): see Writer.
template <class Put>
void write_features(const Encoder& encoder, const Chunk& chunk, Workspace& workspace,
                    const Put& put) {
  Writer<Put>(encoder, chunk, workspace, put).write_all();
}

}  // namespace slimline::table
