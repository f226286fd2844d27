#include "texts.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "slimline/error.hpp"
#include "slimline/text/analyzer.hpp"
#include "slimline/text/utf8.hpp"

namespace slimline::bindings {
namespace {

bool is_utf8(std::string_view text) { return find_invalid_utf8(text) == text.size(); }

}  // namespace

ArrowColumn arrow_column(const py::object& column) {
  if (py::hasattr(column, "__arrow_c_stream__")) {
    const py::capsule capsule = column.attr("__arrow_c_stream__")();
    return ArrowColumn(*capsule.get_pointer<ArrowArrayStream>());
  }
  const py::tuple pair = column.attr("__arrow_c_array__")();
  const py::capsule schema = pair[0];
  const py::capsule array = pair[1];
  return {*schema.get_pointer<ArrowSchema>(), *array.get_pointer<ArrowArray>()};
}

Texts::Texts(py::tuple items, const py::function& convert, bool utf8) : items_(std::move(items)) {
  views_.reserve(items_.size());
  for (std::size_t row = 0; row < items_.size(); ++row) {
    const py::handle item = PyTuple_GET_ITEM(items_.ptr(), static_cast<Py_ssize_t>(row));
    if (!take(item.ptr(), utf8)) convert_and_take(row, item, convert);
  }
}

Texts::Texts(const py::object& column, const py::function& convert, bool utf8)
    : column_(arrow_column(column)) {
  const ArrowTexts read = arrow_texts(column_);
  views_.reserve(read.texts.size());
  for (std::size_t row = 0; row < read.texts.size(); ++row) {
    const std::string_view text = read.texts[row];
    if (text.data() == nullptr) {
      convert_and_take(row, py::none(), convert);
    } else if ((utf8 || !read.binary) && is_utf8(text)) {
      views_.push_back(text);
    } else {
      convert_and_take(row, py::bytes(text.data(), text.size()), convert);
    }
  }
}

// False where the item has to be converted first.
bool Texts::take(PyObject* item, bool utf8) {
  if (PyUnicode_Check(item)) return take_text(item);
  if (!utf8 || !PyBytes_Check(item)) return false;
  const std::string_view bytes(PyBytes_AS_STRING(item),
                               static_cast<std::size_t>(PyBytes_GET_SIZE(item)));
  if (!is_utf8(bytes)) return false;
  views_.push_back(bytes);
  return true;
}

bool Texts::take_text(PyObject* text) {
#if PY_VERSION_HEX < 0x030C0000
  if (PyUnicode_READY(text) != 0) throw py::error_already_set();
#endif
  const auto n = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text));
  const void* data = PyUnicode_DATA(text);
  if (PyUnicode_IS_ASCII(text)) {
    views_.emplace_back(static_cast<const char*>(data), n);
    return true;
  }
  switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
      return encode(static_cast<const Py_UCS1*>(data), n);
    case PyUnicode_2BYTE_KIND:
      return encode(static_cast<const Py_UCS2*>(data), n);
    default:
      return encode(static_cast<const Py_UCS4*>(data), n);
  }
}

// False where there is a lone surrogate.
template <class Unit>
bool Texts::encode(const Unit* units, std::size_t n) {
  constexpr std::size_t kMost = sizeof(Unit) == 1 ? 2 : sizeof(Unit) == 2 ? 3 : 4;
  char* const begin = room(n * kMost);
  char* out = begin;
  for (std::size_t i = 0; i < n; ++i) {
    const auto code = static_cast<std::uint32_t>(units[i]);
    if (code >= 0xD800 && code < 0xE000) return false;
    out = utf8::encode(code, out);
  }
  const auto size = static_cast<std::size_t>(out - begin);
  views_.emplace_back(begin, size);
  next_ += size;
  left_ -= size;
  return true;
}

char* Texts::room(std::size_t n_bytes) {
  if (n_bytes > left_) {
    left_ = std::max(n_bytes, kBlock);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = blocks_.back().get();
  }
  return next_;
}

void Texts::convert_and_take(std::size_t row, py::handle item, const py::function& convert) {
  converted_.push_back(convert(row, item));
  require(PyUnicode_Check(converted_.back().ptr()) && take_text(converted_.back().ptr()),
          "what an encoding gives must be text without lone surrogates");
}

}  // namespace slimline::bindings
