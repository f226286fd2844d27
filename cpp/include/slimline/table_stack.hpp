// A predictor of rows of a table: an encoder and layers.
//
// Where the first layer is float32 and dense, no feature is written. A category adds one row of
// weights to the outputs, a number whose steps are affine a multiple of its slopes, a missing one
// what stands for it: all that a standardisation, the steps and the weights do to it is multiplied
// out once, in float64. Outputs are summed in float64 in the order of the blocks. Other layers take
// features, chunk by chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "slimline/layers/stack.hpp"
#include "slimline/matrix.hpp"
#include "slimline/table/encoder.hpp"

namespace slimline {

// A dense layer and what happens to features in front of it. Everything is copied.
struct FirstLayer {
  MatrixView<const float> weight;  // (n_out, n_inputs)
  std::span<const float> bias;
  std::string activation;
  // The features that are its inputs, ascending; nullopt: all of them.
  std::optional<std::span<const std::int32_t>> selected{};
  // Inputs are (feature - offset) * scale; empty: features as they are.
  std::span<const double> offset{};
  std::span<const float> scale{};
};

class FusedLayer;

class TableStack {
 public:
  // The stack takes the encoder's features. Neither may change from now on.
  TableStack(std::shared_ptr<const table::Encoder> encoder, std::shared_ptr<const Stack> stack);
  // `rest` takes the outputs of the first layer; null where there is no other layer. Throws
  // std::invalid_argument where the parts do not fit together.
  TableStack(std::shared_ptr<const table::Encoder> encoder, const FirstLayer& first,
             std::shared_ptr<const Stack> rest);
  TableStack(TableStack&&) noexcept;
  TableStack& operator=(TableStack&&) noexcept;
  ~TableStack();

  const table::Encoder& encoder() const { return *encoder_; }
  std::size_t n_outputs() const;

  // out: (rows, n_outputs). The result of a row depends on that row alone, to the bit. Throws
  // table::CellError for a cell that cannot be encoded, and std::invalid_argument where columns do
  // not fit, or outputs are not finite.
  void forward(std::span<const table::Column> columns, MatrixView<float> out, int n_threads) const;
  // See Stack::winners.
  void winners(std::span<const table::Column> columns, std::span<std::int64_t> places,
               int n_threads) const;
  // The same for one row, of a cell a column. A thread that has called it before allocates nothing.
  void forward(std::span<const table::Cell> cells, std::span<float> out) const;
  std::int64_t winner(std::span<const table::Cell> cells) const;

 private:
  struct Parts;

  std::shared_ptr<const table::Encoder> encoder_;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace slimline
