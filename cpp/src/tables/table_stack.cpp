#include "slimline/table_stack.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/parallel.hpp"
#include "inputs/table/chunk.hpp"
#include "slimline/error.hpp"
#include "tables/fused_layer.hpp"

namespace slimline {
namespace {

// Rows below which waking a second thread costs more than it saves.
constexpr std::size_t kSerialRows = 512;
// Features from which on rows that hold few of them are compressed: unpacked ones would cost more.
constexpr std::size_t kManyFeatures = 1024;
constexpr std::size_t kFewShare = 8;

}  // namespace

struct TableStack::Parts {
  Parts(const table::Encoder& e, std::shared_ptr<const Stack> s)
      : reader(e), stack(std::move(s)), sparse(is_sparse(e)) {
    require(stack->n_features() == e.n_features(),
            "the layers must take " + std::to_string(e.n_features()) + " features, but take " +
                std::to_string(stack->n_features()));
  }
  Parts(const table::Encoder& e, const FirstLayer& first, std::shared_ptr<const Stack> rest)
      : reader(e), fused(std::in_place, e, first), stack(std::move(rest)) {
    require(!stack || stack->n_features() == fused->n_out(),
            "the second layer must take what the first gives");
  }

  static bool is_sparse(const table::Encoder& encoder) {
    return encoder.n_features() >= kManyFeatures &&
           table::most_nonzero(encoder) < encoder.n_features() / kFewShare;
  }
  std::size_t n_outputs() const { return stack ? stack->n_outputs() : fused->n_out(); }

  void forward(const table::Encoder& encoder, const table::Chunk& chunk, MatrixView<float> out,
               Workspace& workspace) const {
    if (fused) {
      const auto first = stack ? workspace.take_matrix<float>(chunk.rows, fused->n_out()) : out;
      fused->forward(chunk, first, workspace);
      if (stack) stack->forward(MatrixView<const float>(first), out, 1);
    } else if (stack->takes_double()) {
      forward_features<double>(encoder, chunk, out, workspace);
    } else {
      forward_features<float>(encoder, chunk, out, workspace);
    }
  }

  template <class Real>
  void forward_features(const table::Encoder& encoder, const table::Chunk& chunk,
                        MatrixView<float> out, Workspace& workspace) const {
    if (sparse) {
      stack->forward(table::encode_sparse_chunk<Real>(encoder, chunk, workspace), out, 1);
      return;
    }
    const auto features = workspace.take_matrix<Real>(chunk.rows, encoder.n_features());
    table::encode_chunk(encoder, chunk, features, workspace);
    stack->forward(MatrixView<const Real>(features), out, 1);
  }

  // Calls body(begin, chunk, workspace) for chunks of rows, of as many as results have room for.
  template <class Body>
  void for_chunks(const table::Encoder& encoder, std::span<const table::Column> columns,
                  std::size_t room, int n_threads, const Body& body) const {
    const table::TableReader table(encoder, columns);
    require(room == table.rows(), "results must have room for " + std::to_string(table.rows()) +
                                      " rows, got " + std::to_string(room));
    if (table.rows() < kSerialRows) n_threads = 1;
    parallel_for(table.rows(), reader.row_chunk(), n_threads,
                 [&](std::size_t begin, std::size_t end, std::size_t) {
                   Workspace& workspace = thread_workspace();
                   const Workspace::Scope scope(workspace);
                   const table::Chunk chunk = reader.read(table, begin, end, workspace);
                   body(begin, chunk, workspace);
                 });
  }

  table::ChunkReader reader;
  std::optional<FusedLayer> fused{};
  std::shared_ptr<const Stack> stack;
  bool sparse = false;
};

TableStack::TableStack(std::shared_ptr<const table::Encoder> encoder,
                       std::shared_ptr<const Stack> layers)
    : encoder_(std::move(encoder)),
      parts_(std::make_unique<const Parts>(*encoder_, std::move(layers))) {}

TableStack::TableStack(std::shared_ptr<const table::Encoder> encoder, const FirstLayer& first,
                       std::shared_ptr<const Stack> rest)
    : encoder_(std::move(encoder)),
      parts_(std::make_unique<const Parts>(*encoder_, first, std::move(rest))) {}

TableStack::TableStack(TableStack&&) noexcept = default;
TableStack& TableStack::operator=(TableStack&&) noexcept = default;
TableStack::~TableStack() = default;

std::size_t TableStack::n_outputs() const { return parts_->n_outputs(); }

void TableStack::forward(std::span<const table::Column> columns, MatrixView<float> out,
                         int n_threads) const {
  require(out.cols() == n_outputs(), "out must have a column for each output");
  parts_->for_chunks(*encoder_, columns, out.rows(), n_threads,
                     [&](std::size_t begin, const table::Chunk& chunk, Workspace& workspace) {
                       const auto rows = out.slice(begin, begin + chunk.rows);
                       parts_->forward(*encoder_, chunk, rows, workspace);
                     });
}

void TableStack::winners(std::span<const table::Column> columns, std::span<std::int64_t> places,
                         int n_threads) const {
  parts_->for_chunks(*encoder_, columns, places.size(), n_threads,
                     [&](std::size_t begin, const table::Chunk& chunk, Workspace& workspace) {
                       const auto out = workspace.take_matrix<float>(chunk.rows, n_outputs());
                       parts_->forward(*encoder_, chunk, out, workspace);
                       for (std::size_t i = 0; i < chunk.rows; ++i) {
                         places[begin + i] = slimline::winner({out.row(i), out.cols()});
                       }
                     });
}

void TableStack::forward(std::span<const table::Cell> cells, std::span<float> out) const {
  require(cells.size() == encoder_->n_columns() && out.size() == n_outputs(),
          "a row must have a cell for each column, and out an entry for each output");
  Workspace& workspace = thread_workspace();
  const Workspace::Scope scope(workspace);
  const table::Chunk chunk = parts_->reader.read(cells, workspace);
  parts_->forward(*encoder_, chunk, {out.data(), 1, out.size()}, workspace);
}

std::int64_t TableStack::winner(std::span<const table::Cell> cells) const {
  Workspace& workspace = thread_workspace();
  const Workspace::Scope scope(workspace);
  const std::span<float> out(workspace.take<float>(n_outputs()), n_outputs());
  forward(cells, out);
  return slimline::winner(out);
}

}  // namespace slimline
