// The order in which an epoch visits the rows.
//
// A full shuffle turns every row of a large matrix into a cache miss. Here the rows are cut into
// blocks of 64 neighbours and the blocks into eight parts of the data, in each of which they are
// shuffled. The rows of the first blocks of the eight parts are visited in turn, then those of the
// second, and so on. Consecutive rows therefore come from all over the data, also if it is sorted,
// while memory is read in eight streams, which hardware prefetchers recognise. Up to kShuffledRows
// rows are shuffled individually. The order depends on the seed and the number of rows alone, so
// that it is the same for dense and sparse rows of any type.
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
  void shuffle_blocks(Random& random);

  std::span<const std::size_t> chosen_;
  std::vector<std::size_t> blocks_;  // part by part; empty where rows are shuffled one by one
  std::vector<std::size_t> order_;
};

}  // namespace slimline
