#include "slimline/text/vocabulary.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <stdexcept>

#include "slimline/error.hpp"

namespace slimline {
namespace {

constexpr std::size_t kFewestSlots = 16;
constexpr std::size_t kMostBytes = 0xFFFFFFFF - kTermPadding;

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

// At most half of the slots hold a term.
std::size_t slots_for(std::size_t n_terms) {
  return std::bit_ceil(std::max(kFewestSlots, 2 * n_terms));
}

// A term with room to read beyond its end, whatever it came from.
class Padded {
 public:
  explicit Padded(std::string_view term) : text_(term) { text_.resize(term.size() + kTermPadding); }
  const char* data() const { return text_.data(); }

 private:
  std::string text_;
};

}  // namespace

Vocabulary::Vocabulary() : blob_(kTermPadding), offsets_{0}, seed_(random_seed()) {
  rebuild(kFewestSlots);
}

Vocabulary::Vocabulary(std::string_view blob, std::span<const std::uint32_t> offsets)
    : Vocabulary() {
  require(!offsets.empty() && offsets.front() == 0 && offsets.back() == blob.size(),
          "offsets must begin with 0 and end with the size of the terms");
  require(std::is_sorted(offsets.begin(), offsets.end()), "offsets must not decrease");
  const std::size_t n = offsets.size() - 1;
  reserve(n, blob.size());
  for (std::size_t i = 0; i < n; ++i) {
    const std::string_view term = blob.substr(offsets[i], offsets[i + 1] - offsets[i]);
    require(add(term) == i, "a vocabulary must not hold a term twice");
  }
}

std::size_t Vocabulary::memory() const {
  return blob_.capacity() + offsets_.capacity() * sizeof(std::uint32_t) +
         slots_.capacity() * sizeof(Slot);
}

void Vocabulary::reserve(std::size_t n_terms, std::size_t n_bytes) {
  blob_.reserve(n_bytes + kTermPadding);
  offsets_.reserve(n_terms + 1);
  if (slots_for(n_terms) > slots_.size()) rebuild(slots_for(n_terms));
}

std::uint32_t Vocabulary::find(std::string_view term) const {
  return find(hashed(Padded(term).data(), term.size()));
}

std::uint32_t Vocabulary::add(std::string_view term) {
  const Padded padded(term);
  return add(hashed(padded.data(), term.size()));
}

std::uint32_t Vocabulary::add(const HashedTerm& term) {
  std::size_t i = term.hash & mask_;
  for (; slots_[i].id != kNone; i = (i + 1) & mask_) {
    if (holds(slots_[i], term)) return slots_[i].id;
  }
  const std::size_t id = size();
  if (id == kMostTerms) throw std::length_error("a vocabulary holds at most 2^31 - 1 terms");
  if (term.length > kMostBytes - blob().size()) {
    throw std::length_error("the terms of a vocabulary take more than 4 GB");
  }
  blob_.insert(blob_.end() - kTermPadding, term.text, term.text + term.length);
  offsets_.push_back(static_cast<std::uint32_t>(blob().size()));
  slots_[i] = {term.head, check_of(term), static_cast<std::uint32_t>(id)};
  if (2 * size() > slots_.size()) rebuild(2 * slots_.size());
  return static_cast<std::uint32_t>(id);
}

void Vocabulary::rebuild(std::size_t n_slots) {
  slots_.assign(n_slots, {0, 0, kNone});
  mask_ = n_slots - 1;
  for (std::size_t id = 0; id < size(); ++id) {
    const std::string_view text = term(id);
    const HashedTerm hashed_term = hashed(text.data(), text.size());
    std::size_t i = hashed_term.hash & mask_;
    while (slots_[i].id != kNone) i = (i + 1) & mask_;
    slots_[i] = {hashed_term.head, check_of(hashed_term), static_cast<std::uint32_t>(id)};
  }
}

std::uint64_t Vocabulary::long_hash(const char* text, std::size_t length,
                                    std::uint64_t state) const {
  for (std::size_t i = kShort; i < length; i += kShort) {
    state = mix(state ^ load(text + i, length - i), kFactor ^ seed_);
  }
  return state;
}

bool Vocabulary::same_tail(std::uint32_t id, const HashedTerm& term) const {
  if (offsets_[id + 1] - offsets_[id] != term.length) return false;
  const char* known = blob_.data() + offsets_[id];
  for (std::size_t i = kShort; i < term.length; i += kShort) {
    if (load(known + i, term.length - i) != load(term.text + i, term.length - i)) return false;
  }
  return true;
}

#if !defined(__SIZEOF_INT128__)
std::uint64_t Vocabulary::fold_by_halves(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLow = 0xFFFFFFFFU;
  const std::uint64_t low = (a & kLow) * (b & kLow);
  const std::uint64_t left = (a >> 32U) * (b & kLow);
  const std::uint64_t right = (a & kLow) * (b >> 32U);
  const std::uint64_t middle = (low >> 32U) + (left & kLow) + (right & kLow);
  const std::uint64_t high =
      (a >> 32U) * (b >> 32U) + (left >> 32U) + (right >> 32U) + (middle >> 32U);
  return (middle << 32U | (low & kLow)) ^ high;
}
#endif

bool is_ascending(const Vocabulary& vocabulary) {
  for (std::size_t id = 1; id < vocabulary.size(); ++id) {
    if (vocabulary.term(id - 1) >= vocabulary.term(id)) return false;
  }
  return true;
}

}  // namespace slimline
