// Rows of a table as features: columns, and the blocks that read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "slimline/matrix.hpp"
#include "slimline/table/blocks.hpp"
#include "slimline/table/column.hpp"
#include "slimline/text/vectorize.hpp"

namespace slimline::table {

enum class ColumnKind : std::uint8_t { kNumber, kCategory, kText };

class Encoder {
 public:
  explicit Encoder(std::vector<ColumnKind> kinds) : kinds_(std::move(kinds)) {}
  // Throws std::invalid_argument for a block that does not fit together or reads columns that are
  // not there or of another kind, and std::length_error for more than 2^31 - 1 features.
  void add(Block block);

  std::size_t n_columns() const { return kinds_.size(); }
  std::size_t n_features() const { return n_features_; }
  std::span<const ColumnKind> kinds() const { return kinds_; }
  std::span<const Block> blocks() const { return blocks_; }
  // The columns that blocks read, ascending; others may have no rows.
  std::vector<std::uint32_t> reads() const;
  // The first feature of a block.
  std::size_t first_feature(std::size_t block) const { return first_[block]; }

  // out: (rows of the columns, n_features). Throws CellError for the first cell in its chunk that
  // cannot be encoded, std::invalid_argument where there are not as many columns or not all that
  // are read have as many rows.
  void encode(std::span<const Column> columns, MatrixView<float> out, int n_threads) const;
  void encode(std::span<const Column> columns, MatrixView<double> out, int n_threads) const;
  // The same for rows of which few features are not zero. Real is float or double.
  template <class Real>
  TermRows<Real> encode_sparse(std::span<const Column> columns, int n_threads) const;
  // Rows of each block that hold unknown categories; 0 for blocks without categories.
  std::vector<std::size_t> count_unknown(std::span<const Column> columns, int n_threads) const;

 private:
  template <class Real>
  void encode_dense(std::span<const Column> columns, MatrixView<Real> out, int n_threads) const;

  std::vector<ColumnKind> kinds_;
  std::vector<Block> blocks_;
  std::vector<std::size_t> first_;
  std::size_t n_features_ = 0;
};

}  // namespace slimline::table
