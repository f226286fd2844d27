// How Arrow lays values out (https://arrow.apache.org/docs/format/Columnar.html): the buffers of an
// array, and where a row lies in them. Rows are counted from the start of the buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "slimline/arrow.hpp"

namespace slimline::arrow {

template <class T>
const T* buffer(const ArrowArray& array, std::size_t i) {
  return static_cast<const T*>(array.buffers[i]);
}

inline bool bit(const std::uint8_t* bits, std::size_t i) {
  return (bits[i / 8] >> (i % 8) & 1) != 0;
}

// `valid` is null where no row is missing.
inline bool is_missing(const std::uint8_t* valid, std::size_t i) {
  return valid != nullptr && !bit(valid, i);
}

inline bool is_missing(const ArrowArray& array, std::size_t i) {
  return is_missing(buffer<std::uint8_t>(array, 0), i);
}

// data() of an empty text must not be null, which says that it is missing.
inline std::string_view text_at(const char* data, std::size_t length) {
  return length == 0 ? std::string_view("") : std::string_view(data, length);
}

// Texts one after the other, text i between neighbouring offsets.
template <class Offset>
class PlainTexts {
 public:
  explicit PlainTexts(const ArrowArray& array)
      : offsets_(buffer<Offset>(array, 1)), data_(buffer<char>(array, 2)) {}
  std::string_view operator()(std::size_t i) const {
    const Offset begin = offsets_[i];
    return text_at(data_ + begin, static_cast<std::size_t>(offsets_[i + 1] - begin));
  }

 private:
  const Offset* offsets_;
  const char* data_;
};

// Short texts lie in their views, others in one of several buffers.
class ViewedTexts {
 public:
  explicit ViewedTexts(const ArrowArray& array)
      : views_(buffer<View>(array, 1)), buffers_(array.buffers + 2) {}
  std::string_view operator()(std::size_t i) const {
    const View& view = views_[i];
    const char* data =
        view.length <= kInline
            ? reinterpret_cast<const char*>(&view) + sizeof view.length
            : static_cast<const char*>(buffers_[static_cast<std::size_t>(view.buffer)]) +
                  view.offset;
    return text_at(data, static_cast<std::size_t>(view.length));
  }

 private:
  struct View {
    std::int32_t length;
    char start[4];  // or up to 12 bytes, the whole text
    std::int32_t buffer;
    std::int32_t offset;
  };
  static constexpr std::int32_t kInline = 12;

  const View* views_;
  const void* const* buffers_;
};

}  // namespace slimline::arrow
