// Where the training of a network stands, beside its weights: taken out, and put into another.
#include <algorithm>
#include <cstdint>
#include <string>

#include "network/state.hpp"
#include "slimline/error.hpp"

namespace slimline {

std::size_t TrainedLayer::n_moments() const {
  std::size_t n = 0;
  each_moment(*this, [&](const AlignedBuffer<float>& buffer) { n += buffer.size(); });
  return n;
}

void TrainedLayer::append_moments(std::vector<float>& moments) const {
  each_moment(*this, [&](const AlignedBuffer<float>& buffer) {
    const auto values = buffer.span();
    moments.insert(moments.end(), values.begin(), values.end());
  });
}

void TrainedLayer::set_moments(std::span<const float> moments) {
  each_moment(*this, [&](AlignedBuffer<float>& buffer) {
    std::ranges::copy(moments.first(buffer.size()), buffer.data());
    moments = moments.subspan(buffer.size());
  });
}

NetworkProgress Network::State::progress() const {
  NetworkProgress progress{.updates = updates_, .random = random_.state(), .moments = {}};
  for (const TrainedLayer& layer : layers_) layer.append_moments(progress.moments);
  return progress;
}

void Network::State::set_progress(const NetworkProgress& progress) {
  std::size_t size = 0;
  for (const TrainedLayer& layer : layers_) size += layer.n_moments();
  require(progress.moments.size() == size, "moments must be those of these layers and optimizer, " +
                                               std::to_string(size) + ", got " +
                                               std::to_string(progress.moments.size()));
  require(std::ranges::any_of(progress.random, [](std::uint64_t word) { return word != 0; }),
          "random must be the state of a generator, got zeros");
  std::span<const float> moments = progress.moments;
  for (TrainedLayer& layer : layers_) {
    layer.set_moments(moments.first(layer.n_moments()));
    moments = moments.subspan(layer.n_moments());
  }
  updates_ = progress.updates;
  random_ = Random(progress.random);
}

}  // namespace slimline
