#include "text_row.hpp"

#include <optional>
#include <utility>

#include "released.hpp"
#include "slimline/text/analyzer.hpp"

namespace slimline::bindings {
namespace {

// Bytes from which on other threads get the GIL meanwhile, and Ctrl-C ends the work.
constexpr std::size_t kLongText = std::size_t{1} << 16U;

std::optional<std::string_view> utf8_of(PyObject* item) {
  if (PyUnicode_Check(item)) {
    Py_ssize_t n = 0;
    const char* text = PyUnicode_AsUTF8AndSize(item, &n);
    if (text != nullptr) return std::string_view(text, static_cast<std::size_t>(n));
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) throw py::error_already_set();
    PyErr_Clear();  // a lone surrogate, which `convert` speaks of
  } else if (PyBytes_Check(item)) {
    const std::string_view bytes(PyBytes_AS_STRING(item),
                                 static_cast<std::size_t>(PyBytes_GET_SIZE(item)));
    if (find_invalid_utf8(bytes) == bytes.size()) return bytes;
  }
  return std::nullopt;
}

template <class Body>
void released_if_long(std::string_view text, const Body& body) {
  if (text.size() < kLongText) return body();
  const Released released;
  body();
}

}  // namespace

TextRow::TextRow(std::shared_ptr<const TextStack> stack, py::function convert)
    : stack_(std::move(stack)),
      convert_(std::move(convert)),
      outputs_(static_cast<py::ssize_t>(stack_->n_outputs())) {}

std::string_view TextRow::utf8(py::handle text) {
  if (const auto known = utf8_of(text.ptr())) return *known;
  converted_ = convert_(0, text);
  const auto made = utf8_of(converted_.ptr());
  require(made.has_value(), "what an encoding gives must be text without lone surrogates");
  return *made;
}

Array<float> TextRow::outputs(py::handle text) {
  const std::string_view bytes = utf8(text);
  float* const out = outputs_.mutable_data();
  const std::size_t n_outputs = stack_->n_outputs();
  released_if_long(bytes, [&] { stack_->forward({&bytes, 1}, {out, 1, n_outputs}, 1); });
  return outputs_;
}

std::int64_t TextRow::winner(py::handle text) {
  const std::string_view bytes = utf8(text);
  std::int64_t place = 0;
  released_if_long(bytes, [&] { stack_->winners({&bytes, 1}, {&place, 1}, 1); });
  return place;
}

}  // namespace slimline::bindings
