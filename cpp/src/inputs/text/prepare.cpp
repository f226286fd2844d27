#include "inputs/text/prepare.hpp"

#include <stdexcept>

#include "core/interrupt.hpp"
#include "inputs/text/unicode.hpp"
#include "slimline/size.hpp"
#include "slimline/text/utf8.hpp"

namespace slimline {
namespace {

// Python's rule: the capital sigma is the last letter of a word where a cased letter is before it
// and none after it, ignorable characters aside. Those between two sigmas are looked at twice.
class SigmaContext {
 public:
  explicit SigmaContext(std::string_view text)
      : begin_(text.data()), end_(text.data() + text.size()) {}

  bool is_final(const char* sigma) const { return cased_before(sigma) && !cased_after(sigma); }

 private:
  static std::uint8_t flags(const char* at, const char* end, std::size_t& n) {
    n = 1;
    const bool ascii = utf8::is_ascii(*at);
    return unicode::record(ascii ? static_cast<std::uint32_t>(*at) : utf8::decode(at, end, n))
        .flags;
  }

  bool cased_before(const char* at) const {
    while (at > begin_) {
      do --at;
      while (at > begin_ && !utf8::is_lead(*at));
      std::size_t n = 0;
      const std::uint8_t f = flags(at, end_, n);
      if ((f & unicode::kIgnorable) == 0) return (f & unicode::kCased) != 0;
    }
    return false;
  }

  bool cased_after(const char* sigma) const {
    std::size_t n = utf8::length(*sigma, static_cast<std::size_t>(end_ - sigma));
    for (const char* at = sigma + n; at < end_; at += n) {
      const std::uint8_t f = flags(at, end_, n);
      if ((f & unicode::kIgnorable) == 0) return (f & unicode::kCased) != 0;
    }
    return false;
  }

  const char* begin_;
  const char* end_;
};

char* write_ascii_only(std::uint32_t code, char* out) {
  char* end = unicode::write_stripped(code, out);
  char* kept = out;
  for (const char* at = out; at < end; ++at) {
    if (utf8::is_ascii(*at)) *kept++ = *at;
  }
  return kept;
}

// A code point in lower case, which may be ASCII or not.
char* write_code(std::uint32_t code, StripAccents strip, char* out) {
  if (code < 0x80 || strip == StripAccents::kNone) return utf8::encode(code, out);
  return strip == StripAccents::kUnicode ? unicode::write_stripped(code, out)
                                         : write_ascii_only(code, out);
}

char* write_lower(std::uint32_t code, const char* at, const SigmaContext& context,
                  StripAccents strip, char* out) {
  if (code == unicode::kDottedI) {
    return write_code(unicode::kDotAbove, strip, utf8::encode('i', out));
  }
  if (code == unicode::kCapitalSigma) {
    const bool is_final = context.is_final(at);
    return write_code(is_final ? unicode::kFinalSigma : unicode::kSmallSigma, strip, out);
  }
  const auto lower = static_cast<std::uint32_t>(unicode::record(code).lower);
  return write_code(code + lower, strip, out);
}

char* write_ascii(const char* at, const char* end, bool lowercase, char* out) {
  for (; at < end; ++at) {
    const bool capital = lowercase && *at >= 'A' && *at <= 'Z';
    *out++ = static_cast<char>(*at + (capital ? 'a' - 'A' : 0));
  }
  return out;
}

}  // namespace

std::size_t prepare_beyond_ascii(std::string_view text, Preparation how, Growing<char>& out) {
  constexpr std::size_t kPortion = 4096;  // bytes between two looks at the room
  const std::size_t room = checked_product(kPortion, unicode::kMostStripped) + kTextPadding;
  const SigmaContext context(text);
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t size = 0;
  while (at < end) {
    check_interrupt();
    const char* const portion_end = at + std::min<std::size_t>(kPortion, end - at);
    char* o = out.reserve(size + room, size) + size;
    while (at < portion_end) {
      const char* const run_end = utf8::skip_ascii(at, portion_end);
      o = write_ascii(at, run_end, how.lowercase, o);
      at = run_end;
      for (; at < portion_end && !utf8::is_ascii(*at);) {
        std::size_t n = 0;
        const std::uint32_t code = utf8::decode(at, end, n);
        o = how.lowercase ? write_lower(code, at, context, how.strip_accents, o)
                          : write_code(code, how.strip_accents, o);
        at += n;
      }
    }
    size = static_cast<std::size_t>(o - out.data());
    if (size > kMostTextBytes) throw std::length_error("a text takes more than 4 GB");
  }
  return size;
}

}  // namespace slimline
