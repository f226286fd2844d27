// Terms that are no features but count for the norm of a text: known by four bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "slimline/text/vocabulary.hpp"

namespace slimline {

// MurmurHash3 of each term.
std::vector<std::uint32_t> term_hashes(const Vocabulary& terms);

// Another term is taken for one of n with a probability of n / 2^32.
class SilentTerms {
 public:
  static constexpr std::uint32_t kNone = Vocabulary::kNone;

  // Throws std::invalid_argument unless the hashes ascend strictly.
  explicit SilentTerms(std::vector<std::uint32_t> hashes);

  std::size_t size() const { return hashes_.size(); }
  // The place of a hash, or kNone.
  std::uint32_t find(std::uint32_t hash) const {
    const std::size_t bucket = hash >> shift_;
    for (std::uint32_t i = starts_[bucket]; i < starts_[bucket + 1]; ++i) {
      if (hashes_[i] == hash) return i;
    }
    return kNone;
  }

 private:
  std::vector<std::uint32_t> hashes_;
  // Hashes are spread evenly: those with the same first bits are few, and here is where they begin.
  std::vector<std::uint32_t> starts_;
  unsigned shift_;
};

}  // namespace slimline
