#include "slimline/random.hpp"

#include <bit>
#include <utility>

#include "core/interrupt.hpp"

namespace slimline {

Random::Random(std::uint64_t seed) : state_{} {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    word = z ^ (z >> 31U);
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5U, 7) * 9U;
  const std::uint64_t t = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 32U;
  if (bound <= kHalf) {
    // The high half of value * bound; what would make some results likelier than others is drawn
    // again (Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29, 2019).
    std::uint64_t product = (next() >> 32U) * bound;
    if (product % kHalf < bound) {
      const std::uint64_t reject = (kHalf - bound) % bound;
      while (product % kHalf < reject) product = (next() >> 32U) * bound;
    }
    return product >> 32U;
  }
  // Numbers under 2^64 mod bound are rejected, so that what remains divides evenly.
  const std::uint64_t reject = (0U - bound) % bound;
  std::uint64_t value = next();
  while (value < reject) value = next();
  return value % bound;
}

double Random::uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

std::vector<std::size_t> one_of_every(std::size_t share, std::size_t n, Random& random) {
  std::vector<std::size_t> chosen;
  chosen.reserve(n / share);
  for (std::size_t begin = 0; begin + share <= n; begin += share) {
    chosen.push_back(begin + random.below(share));
  }
  return chosen;
}

void shuffle(std::span<std::size_t> values, Random& random) {
  constexpr std::size_t kMany = std::size_t{1} << 16U;
  for (std::size_t i = values.size(); i > 1; --i) {
    if (i % kMany == 0) check_interrupt();
    std::swap(values[i - 1], values[static_cast<std::size_t>(random.below(i))]);
  }
}

}  // namespace slimline
