#include "slimline/table/encoder.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/parallel.hpp"
#include "inputs/table/writer.hpp"
#include "slimline/error.hpp"

namespace slimline::table {
namespace {

constexpr std::size_t kMostFeatures = 0x7FFFFFFF;  // numbers of features are int32 in CSR

}  // namespace

void Encoder::add(Block block) {
  check_block(block);
  const bool marks = std::holds_alternative<MissingBlock>(block);
  const bool categories = std::holds_alternative<CategoriesBlock>(block);
  for (const std::uint32_t column : columns_of(block)) {
    require(column < n_columns(), "a block reads column " + std::to_string(column) + " of " +
                                      std::to_string(n_columns()));
    require(marks || (categories ? kinds_[column] != ColumnKind::kText
                                 : kinds_[column] == ColumnKind::kNumber),
            "a block reads column " + std::to_string(column) + ", which is of another kind");
  }
  const std::size_t n = feature_count(block);
  if (n > kMostFeatures - n_features_) {
    throw std::length_error("an encoder has at most 2^31 - 1 features");
  }
  first_.push_back(n_features_);
  n_features_ += n;
  blocks_.push_back(std::move(block));
}

std::vector<std::uint32_t> Encoder::reads() const {
  std::vector<bool> is_read(n_columns());
  for (const Block& block : blocks_) {
    for (const std::uint32_t column : columns_of(block)) is_read[column] = true;
  }
  std::vector<std::uint32_t> columns;
  for (std::uint32_t j = 0; j < is_read.size(); ++j) {
    if (is_read[j]) columns.push_back(j);
  }
  return columns;
}

template <class Real>
void encode_chunk(const Encoder& encoder, const Chunk& chunk, MatrixView<Real> out,
                  Workspace& workspace) {
  for (std::size_t i = 0; i < out.rows(); ++i) std::fill_n(out.row(i), out.cols(), Real{0});
  write_features(encoder, chunk, workspace, [&](std::size_t i, std::size_t feature, double value) {
    out(i, feature) = static_cast<Real>(value);
  });
}

template void encode_chunk(const Encoder&, const Chunk&, MatrixView<float>, Workspace&);
template void encode_chunk(const Encoder&, const Chunk&, MatrixView<double>, Workspace&);

template <class Real>
void Encoder::encode_dense(std::span<const Column> columns, MatrixView<Real> out,
                           int n_threads) const {
  const TableReader table(*this, columns);
  require(out.rows() == table.rows() && out.cols() == n_features(),
          "out must have a row for each row and a column for each feature");
  const ChunkReader reader(*this);
  parallel_for(table.rows(), reader.row_chunk(), n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t) {
                 Workspace& workspace = thread_workspace();
                 const Workspace::Scope scope(workspace);
                 const Chunk chunk = reader.read(table, begin, end, workspace);
                 encode_chunk(*this, chunk, out.slice(begin, end), workspace);
               });
}

void Encoder::encode(std::span<const Column> columns, MatrixView<float> out, int n_threads) const {
  encode_dense(columns, out, n_threads);
}

void Encoder::encode(std::span<const Column> columns, MatrixView<double> out, int n_threads) const {
  encode_dense(columns, out, n_threads);
}

std::vector<std::size_t> Encoder::count_unknown(std::span<const Column> columns,
                                                int n_threads) const {
  const TableReader table(*this, columns);
  const std::size_t n_blocks = blocks_.size();
  std::vector<std::size_t> chunks(checked_product(chunk_count(table.rows(), kRowChunk), n_blocks));
  parallel_for(table.rows(), kRowChunk, n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t chunk) {
                 for (std::size_t b = 0; b < n_blocks; ++b) {
                   const CategoryReader* categories = table.categories(b);
                   if (categories == nullptr) continue;
                   const std::uint32_t column = columns_of(blocks_[b]).front();
                   chunks[chunk * n_blocks + b] = categories->count_unknown(column, begin, end);
                 }
               });
  std::vector<std::size_t> counts(n_blocks);
  for (std::size_t k = 0; k < chunks.size(); ++k) counts[k % n_blocks] += chunks[k];
  return counts;
}

}  // namespace slimline::table
