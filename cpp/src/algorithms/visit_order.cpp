#include "algorithms/visit_order.hpp"

#include <algorithm>
#include <numeric>

namespace slimline {
namespace {

constexpr std::size_t kBlockRows = 16;
constexpr std::size_t kGroupRows = 64 * kBlockRows;

}  // namespace

VisitOrder::VisitOrder(std::size_t n_rows, std::span<const std::size_t> rows)
    : chosen_(rows), order_(rows.empty() ? n_rows : rows.size()) {
  blocks_.resize((order_.size() + kBlockRows - 1) / kBlockRows);
  std::iota(blocks_.begin(), blocks_.end(), std::size_t{0});
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (!chosen_.empty()) std::copy(chosen_.begin(), chosen_.end(), order_.begin());
}

void VisitOrder::shuffle(Random& random) {
  slimline::shuffle(blocks_, random);
  auto next = order_.begin();
  for (const std::size_t block : blocks_) {
    const std::size_t begin = block * kBlockRows;
    const std::size_t end = std::min(order_.size(), begin + kBlockRows);
    for (std::size_t i = begin; i < end; ++i) *next++ = chosen_.empty() ? i : chosen_[i];
  }
  const std::span<std::size_t> order(order_);
  for (std::size_t begin = 0; begin < order.size(); begin += kGroupRows) {
    slimline::shuffle(order.subspan(begin, std::min(kGroupRows, order.size() - begin)), random);
  }
}

}  // namespace slimline
