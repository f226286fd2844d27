// The seeded generator behind everything random: xoshiro256** seeded by splitmix64
// (Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47, 2021).
// The stream is part of the contract: the same seed gives the same numbers on every platform.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace slimline {

class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Random(std::uint64_t seed);
  // Goes on where a generator of this state stood; at least one word must not be 0.
  explicit Random(const State& state) : state_(state) {}

  std::uint64_t next();
  // Uniform in [0, bound) without modulo bias; bound >= 1.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1), 53 random bits.
  double uniform();
  const State& state() const { return state_; }

 private:
  State state_;
};

// One of every `share` neighbours below n, ascending; of fewer at the end none.
std::vector<std::size_t> one_of_every(std::size_t share, std::size_t n, Random& random);

// Fisher-Yates.
void shuffle(std::span<std::size_t> values, Random& random);

}  // namespace slimline
