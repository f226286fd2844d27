// How often each column occurs in one text: a small table that is as large as the text needs, so
// that it stays in the first-level cache however many columns there are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "slimline/text/growing.hpp"
#include "slimline/text/weights.hpp"

namespace slimline {

class TermCounter {
 public:
  // Gives memory back where a very long text has taken it.
  void clear() {
    constexpr std::size_t kKept = std::size_t{1} << 24U;
    if (slots_.bytes() + counts_.bytes() > kKept) *this = TermCounter();
    n_ = 0;
    if (++round_ == 0) forget();
  }

  void add(std::uint32_t column, std::int32_t count) {
    if (2 * n_ >= n_slots_) grow();
    for (std::size_t i = home(column);; i = (i + 1) & (n_slots_ - 1)) {
      Slot& slot = slots_[i];
      if (slot.round != round_) {
        slot = {round_, static_cast<std::uint32_t>(n_)};
        counts_[n_++] = {column, count};
        return;
      }
      if (counts_[slot.place].column == column) {
        counts_[slot.place].count += count;
        return;
      }
    }
  }

  // In the order in which columns occurred first, or ascending.
  std::span<const TermCount> counts() const { return {counts_.data(), n_}; }
  std::span<const TermCount> sorted() {
    std::sort(counts_.data(), counts_.data() + n_,
              [](TermCount a, TermCount b) { return a.column < b.column; });
    return counts();
  }

 private:
  // Of another round than the present one: empty.
  struct Slot {
    std::uint32_t round;
    std::uint32_t place;
  };
  static constexpr std::size_t kFewestSlots = 256;

  std::size_t home(std::uint32_t column) const {
    return static_cast<std::size_t>(column * std::uint64_t{0x9E3779B97F4A7C15U} >> 32U) &
           (n_slots_ - 1);
  }

  void forget() {
    std::fill_n(slots_.data(), n_slots_, Slot{0, 0});
    round_ = 1;
  }

  void grow() {
    n_slots_ = std::max(kFewestSlots, 2 * n_slots_);
    slots_.reserve(n_slots_);
    counts_.reserve(n_slots_ / 2 + 1, n_);
    forget();
    for (std::size_t k = 0; k < n_; ++k) {
      std::size_t i = home(counts_[k].column);
      while (slots_[i].round == round_) i = (i + 1) & (n_slots_ - 1);
      slots_[i] = {round_, static_cast<std::uint32_t>(k)};
    }
  }

  Growing<Slot> slots_;
  Growing<TermCount> counts_;
  std::size_t n_slots_ = 0;
  std::size_t n_ = 0;
  std::uint32_t round_ = 0;
};

}  // namespace slimline
