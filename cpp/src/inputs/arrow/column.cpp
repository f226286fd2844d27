#include <string>
#include <utility>

#include "slimline/arrow.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

template <class Structure>
void release_structure(Structure& structure) noexcept {
  if (structure.release != nullptr) structure.release(&structure);
  structure.release = nullptr;
}

// Released at the end, whatever happens.
class StreamGuard {
 public:
  explicit StreamGuard(ArrowArrayStream& stream) : stream_(stream) {}
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;
  ~StreamGuard() { release_structure(stream_); }

  void check(int code) const {
    if (code == 0) return;
    const char* words = stream_.get_last_error(&stream_);
    throw std::invalid_argument(std::string("the column cannot be read: ") +
                                (words == nullptr ? "its producer does not say why" : words));
  }

 private:
  ArrowArrayStream& stream_;
};

}  // namespace

ArrowColumn::ArrowColumn(ArrowArrayStream& stream) {
  require(stream.release != nullptr, "the column has been read before");
  const StreamGuard guard(stream);
  try {
    guard.check(stream.get_schema(&stream, &schema_));
    for (;;) {
      chunks_.emplace_back();
      guard.check(stream.get_next(&stream, &chunks_.back()));
      if (chunks_.back().release == nullptr) break;
    }
    chunks_.pop_back();
  } catch (...) {
    release();
    throw;
  }
}

ArrowColumn::ArrowColumn(ArrowSchema& schema, ArrowArray& array) {
  require(schema.release != nullptr && array.release != nullptr, "the column has been read before");
  chunks_.reserve(1);
  schema_ = schema;
  schema.release = nullptr;
  chunks_.push_back(array);
  array.release = nullptr;
}

ArrowColumn::ArrowColumn(ArrowColumn&& other) noexcept { *this = std::move(other); }

ArrowColumn& ArrowColumn::operator=(ArrowColumn&& other) noexcept {
  std::swap(schema_, other.schema_);
  std::swap(chunks_, other.chunks_);
  return *this;
}

ArrowColumn::~ArrowColumn() { release(); }

void ArrowColumn::release() noexcept {
  for (ArrowArray& chunk : chunks_) release_structure(chunk);
  release_structure(schema_);
}

}  // namespace slimline
