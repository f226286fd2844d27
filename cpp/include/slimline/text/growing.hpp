// Memory that grows and is kept, without a value in it before it is written: what is reused from
// text to text, so that nothing is allocated once the largest text has been seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "slimline/size.hpp"

namespace slimline {

template <class T>
class Growing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Room for n values; the first `kept` of those that were there stay.
  T* reserve(std::size_t n, std::size_t kept = 0) {
    if (n > capacity_) {
      const std::size_t larger = std::max(n, capacity_ + capacity_ / 2);
      checked_product(larger, sizeof(T));
      auto values = std::make_unique_for_overwrite<T[]>(larger);
      std::copy_n(values_.get(), kept, values.get());
      values_ = std::move(values);
      capacity_ = larger;
    }
    return values_.get();
  }

  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  T& operator[](std::size_t i) { return values_[i]; }
  const T& operator[](std::size_t i) const { return values_[i]; }
  std::size_t capacity() const { return capacity_; }
  std::size_t bytes() const { return capacity_ * sizeof(T); }

 private:
  std::unique_ptr<T[]> values_;
  std::size_t capacity_ = 0;
};

}  // namespace slimline
