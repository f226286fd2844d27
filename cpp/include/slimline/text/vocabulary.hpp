// Terms and their numbers: UTF-8 one after the other with offsets, and a table to find them by.
//
// The table has open addressing with linear probing, is at most half full, and its hash has a seed
// that is drawn for every vocabulary, so that nobody can choose texts that collide. A slot holds
// the first eight bytes of its term: most words are found, or known to be absent, with one memory
// access. Nothing that comes out depends on the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slimline {

// A term as the table looks it up. `text` is readable for kTermPadding bytes beyond its end.
struct HashedTerm {
  const char* text;
  std::uint32_t length;
  std::uint64_t head;  // the first eight bytes, zeros where there are fewer
  std::uint64_t hash;
};

inline constexpr std::size_t kTermPadding = 8;

class Vocabulary {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::size_t kMostTerms = 0x7FFFFFFF;  // numbers are int32 elsewhere

  Vocabulary();
  // The terms of `blob` between neighbours of `offsets`, which has one entry more than there are
  // terms. Throws std::invalid_argument where offsets do not fit or a term occurs twice.
  Vocabulary(std::string_view blob, std::span<const std::uint32_t> offsets);

  std::size_t size() const { return offsets_.size() - 1; }
  std::string_view term(std::size_t id) const {
    return {blob_.data() + offsets_[id], offsets_[id + 1] - offsets_[id]};
  }
  // All terms, one after the other, and where each begins; the last offset is the end.
  std::string_view blob() const { return {blob_.data(), blob_.size() - kTermPadding}; }
  std::span<const std::uint32_t> offsets() const { return offsets_; }
  // Bytes of memory that it takes.
  std::size_t memory() const;

  HashedTerm hashed(const char* text, std::size_t length) const {
    const std::uint64_t head = load(text, length);
    return {text, static_cast<std::uint32_t>(length), head, hash(text, length, head)};
  }
  // Asks for the slot that a term is likely to be in.
  void prefetch(const HashedTerm& term) const {
#if defined(__GNUC__)
    __builtin_prefetch(&slots_[term.hash & mask_]);
#endif
  }
  // Its number, or kNone.
  std::uint32_t find(const HashedTerm& term) const {
    for (std::size_t i = term.hash & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.id == kNone || holds(slot, term)) return slot.id;
    }
  }
  // The same for any text, which needs no padding.
  std::uint32_t find(std::string_view term) const;
  // The number of a term, which is a new one where it is not known yet. Throws std::length_error
  // where there are too many.
  std::uint32_t add(const HashedTerm& term);
  std::uint32_t add(std::string_view term);
  void reserve(std::size_t n_terms, std::size_t n_bytes);

 private:
  // Of a short term (8 bytes and less) `check` is the length, and `head` all of it; of a long one
  // it is a part of the hash, with the highest bit set.
  struct Slot {
    std::uint64_t head;
    std::uint32_t check;
    std::uint32_t id;
  };
  static constexpr std::uint32_t kShort = 8;
  static constexpr std::uint32_t kLong = 0x80000000U;

  static std::uint64_t load(const char* text, std::size_t length) {
    std::uint64_t word;
    std::memcpy(&word, text, sizeof word);
    return length >= sizeof word ? word : word & ((std::uint64_t{1} << (8 * length)) - 1);
  }
  // Wang Yi's wyhash in short: eight bytes at a time are multiplied, and the product is folded.
  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
#if defined(__SIZEOF_INT128__)
    __extension__ using Product = unsigned __int128;
    const Product product = static_cast<Product>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
#else
    return fold_by_halves(a, b);
#endif
  }
  static std::uint64_t fold_by_halves(std::uint64_t a, std::uint64_t b);
  static constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;
  std::uint64_t hash(const char* text, std::size_t length, std::uint64_t head) const {
    const std::uint64_t state = mix(head ^ seed_, kFactor ^ length);
    return length <= kShort ? state : long_hash(text, length, state);
  }
  std::uint64_t long_hash(const char* text, std::size_t length, std::uint64_t state) const;

  static std::uint32_t check_of(const HashedTerm& term) {
    return term.length <= kShort ? term.length
                                 : static_cast<std::uint32_t>(term.hash >> 32U) | kLong;
  }
  bool holds(const Slot& slot, const HashedTerm& term) const {
    return slot.head == term.head && slot.check == check_of(term) &&
           (term.length <= kShort || same_tail(slot.id, term));
  }
  bool same_tail(std::uint32_t id, const HashedTerm& term) const;
  void rebuild(std::size_t n_slots);

  std::vector<char> blob_;
  std::vector<std::uint32_t> offsets_;
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::uint64_t seed_;
};

// Whether the terms ascend strictly by their bytes, which is by code points.
bool is_ascending(const Vocabulary& vocabulary);

}  // namespace slimline
