// Scratch memory of one thread: allocated piece by piece, released when a Scope ends, and kept for
// the next use up to a limit. A predictor that has run once therefore allocates nothing when it
// runs again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "slimline/matrix.hpp"

namespace slimline {

class Workspace {
 public:
  // Gives back on destruction what was taken since.
  class Scope {
   public:
    explicit Scope(Workspace& workspace)
        : workspace_(workspace), block_(workspace.block_), used_(workspace.used_) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
      workspace_.block_ = block_;
      workspace_.used_ = used_;
      if (block_ == 0 && used_ == 0) workspace_.trim();
    }

   private:
    Workspace& workspace_;
    std::size_t block_;
    std::size_t used_;
  };

  // Memory for as many values as the product of the factors says, 64-byte aligned, with whatever
  // was in it before.
  template <class T, std::same_as<std::size_t>... Factors>
  T* take(std::size_t first, Factors... rest) {
    static_assert(std::is_trivially_copyable_v<T>);
    return reinterpret_cast<T*>(take_bytes(checked_product(first, rest..., sizeof(T))));
  }

  // The same as a matrix.
  template <class T>
  MatrixView<T> take_matrix(std::size_t rows, std::size_t cols) {
    return {take<T>(rows, cols), rows, cols};
  }

  std::size_t n_blocks() const { return blocks_.size(); }

 private:
  static constexpr std::size_t kSmallestBlock = std::size_t{1} << 16U;
  static constexpr std::size_t kKeptBytes = std::size_t{1} << 24U;
  static constexpr std::size_t kAlignment = AlignedBuffer<std::byte>::kAlignment;

  std::byte* take_bytes(std::size_t n) {
    n = (n + kAlignment - 1) / kAlignment * kAlignment;
    while (block_ < blocks_.size() && used_ + n > blocks_[block_].size()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.emplace_back(std::max(n, kSmallestBlock));
    std::byte* bytes = blocks_[block_].data() + used_;
    used_ += n;
    return bytes;
  }

  void trim() {
    std::size_t total = 0;
    for (const auto& block : blocks_) total += block.size();
    if (total > kKeptBytes) blocks_.clear();
  }

  std::vector<AlignedBuffer<std::byte>> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

// Of the thread that asks.
inline Workspace& thread_workspace() {
  thread_local Workspace workspace;
  return workspace;
}

}  // namespace slimline
