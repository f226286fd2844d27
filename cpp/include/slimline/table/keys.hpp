// The known categories of a column, and the table to find them by.
//
// Texts are looked up in a Vocabulary. Numbers have a table of their own: open addressing, at most
// half full, with a seed that is drawn when it is made. Should a key lie far from its place all the
// same, another seed is drawn, so that every look-up takes a bounded number of steps, whatever the
// keys of a file are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "slimline/table/cells.hpp"
#include "slimline/text/vocabulary.hpp"

namespace slimline::table {

// Distinct words of 64 bits and their places.
class WordTable {
 public:
  static constexpr std::int32_t kNone = -1;

  WordTable() = default;
  // Throws std::invalid_argument where a word occurs twice.
  explicit WordTable(std::span<const std::uint64_t> words);

  // The place of a word, or kNone.
  std::int32_t find(std::uint64_t word) const {
    for (std::size_t i = start(word), steps = 0; steps <= farthest_; ++steps, i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.place == kNone || slot.word == word) return slot.place;
    }
    return kNone;
  }
  // Steps that the slowest look-up takes beyond its first.
  std::size_t farthest() const { return farthest_; }

 private:
  struct Slot {
    std::uint64_t word;
    std::int32_t place;
  };

  std::size_t start(std::uint64_t word) const;
  void fill(std::span<const std::uint64_t> words);

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::uint64_t seed_ = 0;
  std::size_t farthest_ = 0;
};

class Keys {
 public:
  static constexpr std::int32_t kUnknown = -1;
  static constexpr std::int32_t kWrongType = -2;  // a text against numbers, or the reverse

  // Each throws std::invalid_argument where a key occurs twice, and std::length_error where there
  // are more than 2^31 - 1. `offsets` has one entry more than there are texts in `blob`.
  static Keys of_texts(std::string_view blob, std::span<const std::uint32_t> offsets);
  static Keys of_integers(std::span<const std::int64_t> keys);
  // None is NaN; zeros are equal.
  static Keys of_numbers(std::span<const double> keys);
  // `keys` are 0 or 1, each at most once.
  static Keys of_bools(std::span<const std::uint8_t> keys);

  std::size_t size() const { return size_; }
  bool are_texts() const { return std::holds_alternative<Texts>(table_); }
  bool are_bools() const { return are_bools_; }

  // The place of a key among those given, kUnknown or kWrongType. Numbers are compared by value: a
  // float 3.0 finds the integer 3, and true finds 1.
  std::int32_t find(std::string_view text) const;
  std::int32_t find(std::int64_t integer) const;
  std::int32_t find(double number) const;
  std::int32_t find(const Cell& cell) const;  // one that is not missing

 private:
  struct Texts {
    Vocabulary terms;
    std::size_t longest;
  };
  struct Integers {
    WordTable words;
  };
  struct Numbers {
    WordTable words;
  };

  template <class Table>
  Keys(Table table, std::size_t size) : table_(std::move(table)), size_(size) {}

  std::variant<Texts, Integers, Numbers> table_;
  std::size_t size_;
  bool are_bools_ = false;
};

}  // namespace slimline::table
