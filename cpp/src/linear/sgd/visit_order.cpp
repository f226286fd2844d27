#include "linear/sgd/visit_order.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace slimline {
namespace {

constexpr std::size_t kShuffledRows = 8192;
constexpr std::size_t kBlockRows = 64;
constexpr std::size_t kParts = 8;

}  // namespace

VisitOrder::VisitOrder(std::size_t n_rows, std::span<const std::size_t> rows)
    : chosen_(rows), order_(rows.empty() ? n_rows : rows.size()) {
  if (chosen_.empty()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  } else {
    std::copy(chosen_.begin(), chosen_.end(), order_.begin());
  }
  if (order_.size() <= kShuffledRows) return;
  blocks_.resize((order_.size() + kBlockRows - 1) / kBlockRows);
  std::iota(blocks_.begin(), blocks_.end(), std::size_t{0});
}

void VisitOrder::shuffle(Random& random) {
  if (blocks_.empty()) {
    slimline::shuffle(order_, random);
  } else {
    shuffle_blocks(random);
  }
}

void VisitOrder::shuffle_blocks(Random& random) {
  std::array<std::span<std::size_t>, kParts> parts;
  for (std::size_t p = 0; p < kParts; ++p) {
    const std::size_t begin = p * blocks_.size() / kParts;
    const std::size_t end = (p + 1) * blocks_.size() / kParts;
    parts[p] = std::span(blocks_).subspan(begin, end - begin);
    slimline::shuffle(parts[p], random);
  }
  auto next = order_.begin();
  for (std::size_t turn = 0; turn < parts[kParts - 1].size(); ++turn) {  // no part has more blocks
    for (std::size_t k = 0; k < kBlockRows; ++k) {
      for (const auto& part : parts) {
        if (turn >= part.size()) continue;
        const std::size_t i = part[turn] * kBlockRows + k;
        if (i < order_.size()) *next++ = chosen_.empty() ? i : chosen_[i];
      }
    }
  }
}

}  // namespace slimline
