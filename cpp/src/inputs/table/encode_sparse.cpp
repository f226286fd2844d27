// Features of which few are not zero, as compressed rows.
#include <algorithm>
#include <utility>

#include "core/parallel.hpp"
#include "inputs/table/writer.hpp"
#include "inputs/text/row_chunks.hpp"

namespace slimline::table {
namespace {

struct Entry {
  std::uint32_t row;
  std::int32_t column;
  double value;
};

std::size_t most_nonzero(const Block& block) {
  if (const auto* categories = std::get_if<CategoriesBlock>(&block)) {
    return std::max<std::size_t>(1, categories->width);
  }
  const bool polynomial = std::holds_alternative<PolynomialBlock>(block);
  return polynomial ? feature_count(block) : columns_of(block).size();
}

}  // namespace

std::size_t most_nonzero(const Encoder& encoder) {
  std::size_t n = 0;
  for (const Block& block : encoder.blocks()) n += most_nonzero(block);
  return n;
}

// Entries come block by block: counted by row first, then put in their rows in that order.
template <class Real>
CsrView<Real, std::int32_t> encode_sparse_chunk(const Encoder& encoder, const Chunk& chunk,
                                                Workspace& workspace) {
  auto* entries = workspace.take<Entry>(chunk.rows, most_nonzero(encoder));
  std::size_t n = 0;
  const auto put = [&](std::size_t i, std::size_t feature, double value) {
    if (value == 0) return;
    entries[n++] = {static_cast<std::uint32_t>(i), static_cast<std::int32_t>(feature), value};
  };
  write_features(encoder, chunk, workspace, put);
  // next[i + 1] becomes the end of row i, once its entries are there.
  auto* next = workspace.take<std::int32_t>(chunk.rows + 2);
  std::fill_n(next, chunk.rows + 2, 0);
  for (std::size_t k = 0; k < n; ++k) ++next[entries[k].row + 2];
  for (std::size_t i = 2; i < chunk.rows + 2; ++i) next[i] += next[i - 1];
  auto* columns = workspace.take<std::int32_t>(n);
  auto* values = workspace.take<Real>(n);
  for (std::size_t k = 0; k < n; ++k) {
    const auto at = static_cast<std::size_t>(next[entries[k].row + 1]++);
    columns[at] = entries[k].column;
    values[at] = static_cast<Real>(entries[k].value);
  }
  return {{values, n}, {columns, n}, {next, chunk.rows + 1}, encoder.n_features()};
}

template CsrView<float, std::int32_t> encode_sparse_chunk(const Encoder&, const Chunk&, Workspace&);
template CsrView<double, std::int32_t> encode_sparse_chunk(const Encoder&, const Chunk&,
                                                           Workspace&);

template <class Real>
TermRows<Real> Encoder::encode_sparse(std::span<const Column> columns, int n_threads) const {
  const TableReader table(*this, columns);
  const ChunkReader reader(*this);
  std::vector<std::int64_t> row_sizes(table.rows());
  std::vector<RowChunk<Real>> chunks(chunk_count(table.rows(), reader.row_chunk()));
  parallel_for(table.rows(), reader.row_chunk(), n_threads,
               [&](std::size_t begin, std::size_t end, std::size_t c) {
                 Workspace& workspace = thread_workspace();
                 const Workspace::Scope scope(workspace);
                 const Chunk chunk = reader.read(table, begin, end, workspace);
                 const auto rows = encode_sparse_chunk<Real>(*this, chunk, workspace);
                 for (std::size_t i = begin; i < end; ++i) {
                   const auto values = rows.values(i - begin);
                   row_sizes[i] = static_cast<std::int64_t>(values.size());
                   chunks[c].add(rows.indices(i - begin), values);
                 }
               });
  return put_together(std::move(chunks), std::move(row_sizes), n_threads);
}

template TermRows<float> Encoder::encode_sparse(std::span<const Column>, int) const;
template TermRows<double> Encoder::encode_sparse(std::span<const Column>, int) const;

}  // namespace slimline::table
