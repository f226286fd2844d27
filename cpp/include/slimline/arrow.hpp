// Columns of data frames by the Arrow C data interface, read where they lie: no library is needed,
// the structures are the interface (https://arrow.apache.org/docs/format/CDataInterface.html).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

extern "C" {

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};
}

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

extern "C" {

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
  int (*get_next)(ArrowArrayStream*, ArrowArray*);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};
}

#endif

namespace slimline {

// One column in chunks, whose memory is kept until this goes.
class ArrowColumn {
 public:
  ArrowColumn() = default;
  // Takes over what is passed, which is then released. Throws std::invalid_argument with the
  // producer's words where a stream fails.
  explicit ArrowColumn(ArrowArrayStream& stream);
  ArrowColumn(ArrowSchema& schema, ArrowArray& array);
  ArrowColumn(ArrowColumn&& other) noexcept;
  ArrowColumn& operator=(ArrowColumn&& other) noexcept;
  ~ArrowColumn();

  const ArrowSchema& schema() const { return schema_; }
  const std::vector<ArrowArray>& chunks() const { return chunks_; }

 private:
  void release() noexcept;

  ArrowSchema schema_{};
  std::vector<ArrowArray> chunks_;
};

struct ArrowTexts {
  // One a row, where it lies; data() is null where the row is missing.
  std::vector<std::string_view> texts;
  bool binary = false;  // bytes of any encoding, not texts
};

// The texts of a column of strings, binary values or nulls, plain, large or as views, dictionaries
// of them, or a frame of one such column. Throws std::invalid_argument for any other type.
ArrowTexts arrow_texts(const ArrowColumn& column);

}  // namespace slimline
