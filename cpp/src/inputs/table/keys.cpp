#include "slimline/table/keys.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include "slimline/error.hpp"
#include "slimline/size.hpp"

namespace slimline::table {
namespace {

constexpr std::size_t kFewestSlots = 16;
// A half-full table with a random hash has no key farther than about 2 log2(n) from its place.
constexpr std::size_t kFarthest = 128;
constexpr std::size_t kMostKeys = 0x7FFFFFFF;
// Texts up to this long are looked up without allocation.
constexpr std::size_t kStackBytes = 256;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

// Steele, Lea and Flood's splitmix64: every bit of the word moves every bit of the result.
std::uint64_t scrambled(std::uint64_t x) {
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x); }

void check_count(std::size_t n) {
  if (n > kMostKeys) throw std::length_error("a column has at most 2^31 - 1 categories");
}

std::uint64_t short_head(const char* text, std::size_t length) {
  std::uint64_t word = 0;
  if (length > 0) std::memcpy(&word, text, std::min(length, sizeof word));
  return word;
}

}  // namespace

WordTable::WordTable(std::span<const std::uint64_t> words) {
  check_count(words.size());
  slots_.resize(
      std::bit_ceil(std::max(kFewestSlots, checked_product(words.size(), std::size_t{2}))));
  mask_ = slots_.size() - 1;
  do {
    fill(words);
  } while (farthest_ > kFarthest);
}

std::size_t WordTable::start(std::uint64_t word) const { return scrambled(word ^ seed_) & mask_; }

void WordTable::fill(std::span<const std::uint64_t> words) {
  std::fill(slots_.begin(), slots_.end(), Slot{0, kNone});
  seed_ = random_seed();
  farthest_ = 0;
  for (std::size_t k = 0; k < words.size(); ++k) {
    std::size_t i = start(words[k]);
    std::size_t steps = 0;
    for (; slots_[i].place != kNone; ++steps, i = (i + 1) & mask_) {
      require(slots_[i].word != words[k], "a column must not have a category twice");
    }
    slots_[i] = {words[k], static_cast<std::int32_t>(k)};
    farthest_ = std::max(farthest_, steps);
  }
}

Keys Keys::of_texts(std::string_view blob, std::span<const std::uint32_t> offsets) {
  Vocabulary terms(blob, offsets);
  std::size_t longest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) longest = std::max(longest, terms.term(i).size());
  const std::size_t size = terms.size();
  return {Texts{std::move(terms), longest}, size};
}

Keys Keys::of_integers(std::span<const std::int64_t> keys) {
  const std::vector<std::uint64_t> words(keys.begin(), keys.end());
  return {Integers{WordTable(words)}, keys.size()};
}

Keys Keys::of_numbers(std::span<const double> keys) {
  std::vector<std::uint64_t> words;
  words.reserve(keys.size());
  for (const double key : keys) {
    require(!std::isnan(key), "a category must not be NaN");
    words.push_back(bits_of(key));
  }
  return {Numbers{WordTable(words)}, keys.size()};
}

Keys Keys::of_bools(std::span<const std::uint8_t> keys) {
  const std::vector<std::uint64_t> words(keys.begin(), keys.end());
  Keys bools(Integers{WordTable(words)}, keys.size());
  bools.are_bools_ = true;
  return bools;
}

std::int32_t Keys::find(std::string_view text) const {
  const auto* texts = std::get_if<Texts>(&table_);
  if (texts == nullptr) return kWrongType;
  if (text.size() > texts->longest) return kUnknown;
  std::uint32_t id = Vocabulary::kNone;
  if (text.size() <= sizeof(std::uint64_t)) {
    const std::uint64_t padded[2] = {short_head(text.data(), text.size()), 0};
    const auto* bytes = reinterpret_cast<const char*>(padded);
    id = texts->terms.find(texts->terms.hashed(bytes, text.size()));
  } else if (text.size() <= kStackBytes) {
    char padded[kStackBytes + kTermPadding];
    std::memcpy(padded, text.data(), text.size());
    std::memset(padded + text.size(), 0, kTermPadding);
    id = texts->terms.find(texts->terms.hashed(padded, text.size()));
  } else {
    id = texts->terms.find(text);
  }
  return id == Vocabulary::kNone ? kUnknown : static_cast<std::int32_t>(id);
}

std::int32_t Keys::find(std::int64_t integer) const {
  if (const auto* integers = std::get_if<Integers>(&table_)) {
    return integers->words.find(static_cast<std::uint64_t>(integer));
  }
  const auto* numbers = std::get_if<Numbers>(&table_);
  if (numbers == nullptr) return kWrongType;
  const auto rounded = static_cast<double>(integer);
  // 2^63 is what the largest integers round to, and is none itself.
  const bool exact = rounded < 0x1p63 && static_cast<std::int64_t>(rounded) == integer;
  return exact ? numbers->words.find(bits_of(rounded)) : kUnknown;
}

std::int32_t Keys::find(double number) const {
  if (const auto* numbers = std::get_if<Numbers>(&table_)) {
    return numbers->words.find(bits_of(number));
  }
  const auto* integers = std::get_if<Integers>(&table_);
  if (integers == nullptr) return kWrongType;
  const bool whole = number >= -0x1p63 && number < 0x1p63 && std::trunc(number) == number;
  return whole ? find(static_cast<std::int64_t>(number)) : kUnknown;
}

std::int32_t Keys::find(const Cell& cell) const {
  switch (cell.kind) {
    case CellKind::kText:
      return find(cell.text);
    case CellKind::kNumber:
      return find(cell.number);
    case CellKind::kInteger:
    case CellKind::kBool:
      return find(cell.integer);
    default:
      return are_texts() ? kWrongType : kUnknown;
  }
}

}  // namespace slimline::table
