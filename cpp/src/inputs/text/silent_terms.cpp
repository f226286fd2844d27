#include "slimline/text/silent_terms.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "inputs/text/murmur.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// The first bits that are told apart: about as many values as there are hashes, and not all.
unsigned first_bits(std::size_t n) {
  return std::clamp(static_cast<unsigned>(std::bit_width(n)), 1U, 24U);
}

}  // namespace

std::vector<std::uint32_t> term_hashes(const Vocabulary& terms) {
  std::vector<std::uint32_t> hashes(terms.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::string_view term = terms.term(i);  // readable beyond its end
    hashes[i] = static_cast<std::uint32_t>(murmur3(term.data(), term.size()));
  }
  return hashes;
}

SilentTerms::SilentTerms(std::vector<std::uint32_t> hashes)
    : hashes_(std::move(hashes)), shift_(32 - first_bits(hashes_.size())) {
  const auto falls = std::adjacent_find(hashes_.begin(), hashes_.end(), std::greater_equal<>());
  require(falls == hashes_.end(), "hashes of silent terms must ascend strictly");
  require(hashes_.size() <= Vocabulary::kMostTerms, "there must be less than 2^31 silent terms");
  starts_.assign((std::size_t{1} << (32 - shift_)) + 1, 0);
  for (const std::uint32_t hash : hashes_) ++starts_[(hash >> shift_) + 1];
  for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
}

}  // namespace slimline
