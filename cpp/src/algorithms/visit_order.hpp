// The order in which an epoch visits the rows.
//
// A full shuffle turns every row of a large matrix into a cache miss. Here blocks of neighbouring
// rows are shuffled, and then the rows within each group of 64 blocks: memory is read in longer
// stretches, and consecutive rows still come from all over the data. Up to 1,024 rows are one
// group, fully shuffled. The order depends on the seed and the number of rows alone, so that it is
// the same for dense and sparse rows of any type.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "slimline/random.hpp"

namespace slimline {

class VisitOrder {
 public:
  // rows: those to visit, empty for all n_rows.
  VisitOrder(std::size_t n_rows, std::span<const std::size_t> rows);

  std::size_t size() const { return order_.size(); }
  std::span<const std::size_t> rows() const { return order_; }
  void shuffle(Random& random);

 private:
  std::span<const std::size_t> chosen_;
  std::vector<std::size_t> blocks_;
  std::vector<std::size_t> order_;
};

}  // namespace slimline
