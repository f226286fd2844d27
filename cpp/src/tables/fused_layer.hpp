// The first layer of a predictor of tables, multiplied with the blocks of its encoder: see
// slimline/table_stack.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/workspace.hpp"
#include "inputs/table/chunk.hpp"
#include "slimline/layers/activation.hpp"
#include "slimline/table_stack.hpp"

namespace slimline {

class FusedLayer {
 public:
  // The encoder must outlive it, where it is.
  FusedLayer(const table::Encoder& encoder, const FirstLayer& first);

  std::size_t n_out() const { return bias_.size(); }
  // The outputs of the layer, (rows of the chunk, n_out). Throws CellError where a cell cannot be
  // encoded.
  void forward(const table::Chunk& chunk, MatrixView<float> out, Workspace& workspace) const;

 private:
  // Of each column: `slope` times its number, or `missing`; each (columns, n_out).
  struct Lines {
    std::vector<std::uint32_t> columns;
    std::vector<bool> imputes;
    std::vector<double> slope;
    std::vector<double> missing;
  };
  // Features of a block with the weights (features, n_out).
  struct Products {
    std::size_t block;
    std::vector<double> weight;
  };
  // Of each column: `missing`, (columns, n_out), where its cell is missing.
  struct Marks {
    std::vector<std::uint32_t> columns;
    std::vector<double> missing;
  };
  // Row outcome + 1 of `rows`, (n_outcomes + 1, n_out).
  struct Outcomes {
    std::size_t block;
    std::vector<float> rows;
  };
  // Row starts[j] + j + the bin of column j of `rows`, (bins of all columns, n_out).
  struct Bins {
    std::size_t block;
    std::vector<float> rows;
  };
  using Part = std::variant<Lines, Products, Marks, Outcomes, Bins>;

  class Multiplication;
  class Sum;

  void refuse(const table::Chunk& chunk, Workspace& workspace) const;

  const table::Encoder& encoder_;
  std::vector<double> bias_;
  std::vector<Part> parts_;
  FusedActivation activation_;
};

}  // namespace slimline
