// Couples of quads. Two quads fit together when, in each int16 lane, 127 times their positive
// weights, and their negative ones, stay within int16. Neighbours are tried first: of Gaussian
// weights nearly all fit. The rest take the first that fits: even of uniform weights, where one
// pair in a hundred does, half of the quads find a partner in their block.
#include "linalg/couples.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/table.hpp"

namespace slimline {
namespace {

using kernels::kBlockQuads;
using kernels::kPanel;

constexpr int kLargestSum = 32767 / 127;
// Two lanes a column, upwards and downwards.
using Lanes = std::array<std::uint8_t, 4 * kPanel>;

// The sums of positive and of negated negative weights in each lane of a quad: up to 254.
Lanes lane_sums(const std::int8_t* quad, std::size_t width) {
  Lanes sums{};
  for (std::size_t lane = 0; lane < 2 * width; ++lane) {
    const int w[2] = {quad[2 * lane], quad[2 * lane + 1]};
    sums[lane] = static_cast<std::uint8_t>(std::max(w[0], 0) + std::max(w[1], 0));
    sums[2 * kPanel + lane] = static_cast<std::uint8_t>(std::max(-w[0], 0) + std::max(-w[1], 0));
  }
  return sums;
}

// What a quad with these sums leaves for another one.
Lanes room_beside(const Lanes& sums) {
  Lanes room;
  for (std::size_t i = 0; i < room.size(); ++i) {
    room[i] = static_cast<std::uint8_t>(std::min(kLargestSum - sums[i], 255));
  }
  return room;
}

// Without branches, so that compilers make it a few instructions.
bool fits(const Lanes& sums, const Lanes& room) {
  std::uint8_t excess = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    excess = static_cast<std::uint8_t>(excess | (sums[i] > room[i] ? 1U : 0U));
  }
  return excess == 0;
}

}  // namespace

std::uint8_t find_couples(const std::int8_t* quads, std::size_t n, std::size_t width,
                          std::uint8_t* order) {
  std::vector<Lanes> sums(n);
  for (std::size_t i = 0; i < n; ++i) sums[i] = lane_sums(quads + i * 4 * width, width);
  std::uint8_t* out = order;
  const auto couple = [&](std::size_t i, std::size_t j) {
    *out++ = static_cast<std::uint8_t>(i);
    *out++ = static_cast<std::uint8_t>(j);
  };
  std::vector<std::size_t> single;
  for (std::size_t i = 0; i < n; i += 2) {
    if (i + 1 < n && fits(sums[i], room_beside(sums[i + 1]))) {
      couple(i, i + 1);
    } else {
      for (std::size_t j = i; j < std::min(i + 2, n); ++j) single.push_back(j);
    }
  }
  std::vector<std::size_t> alone;
  while (!single.empty()) {
    const std::size_t i = single.front();
    single.erase(single.begin());
    const Lanes room = room_beside(sums[i]);
    const auto other = std::find_if(single.begin(), single.end(),
                                    [&](std::size_t j) { return fits(sums[j], room); });
    if (other == single.end()) {
      alone.push_back(i);
    } else {
      couple(i, *other);
      single.erase(other);
    }
  }
  const auto n_couples = static_cast<std::uint8_t>((out - order) / 2);
  for (const std::size_t i : alone) *out++ = static_cast<std::uint8_t>(i);
  return n_couples;
}

}  // namespace slimline
