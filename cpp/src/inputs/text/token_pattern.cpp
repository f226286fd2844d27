#include "slimline/text/token_pattern.hpp"

#include <string>

#include "inputs/text/unicode.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

using unicode::kDecimal;
using unicode::kSpace;
using unicode::kWord;

constexpr AsciiSet with_range(AsciiSet set, unsigned first, unsigned last) {
  for (unsigned c = first; c <= last; ++c) set.insert(c);
  return set;
}

constexpr AsciiSet without(AsciiSet set, const AsciiSet& others) {
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    set.rows[i] = static_cast<std::uint8_t>(set.rows[i] & ~unsigned{others.rows[i]});
  }
  return set;
}

constexpr AsciiSet kSmall = with_range({}, 'a', 'z');
constexpr AsciiSet kLetters = with_range(kSmall, 'A', 'Z');
constexpr AsciiSet kLettersAndDigits = with_range(kLetters, '0', '9');
constexpr AsciiSet kWordSet = with_range(kLettersAndDigits, '_', '_');
constexpr AsciiSet kSpaceSet = with_range(with_range(with_range({}, '\t', '\r'), 28, 31), ' ', ' ');
constexpr AsciiSet kSolidSet = without(with_range({}, 0, 127), kSpaceSet);

struct Spelling {
  std::string_view text;
  CharClass meaning;
};

constexpr CharClass kNoDigit{with_range(kLetters, '_', '_'), true, kWord, kDecimal};
constexpr CharClass kNoDigitNorLine{kLetters, true, kWord, kDecimal};

constexpr Spelling kSpellings[] = {
    {R"(\w)", {kWordSet, true, kWord, 0}},
    {R"(\S)", {kSolidSet, true, 0, kSpace}},
    {R"([^\s])", {kSolidSet, true, 0, kSpace}},
    {R"([^\d\W])", kNoDigit},
    {R"([^\W\d])", kNoDigit},
    {R"([^\W\d_])", kNoDigitNorLine},
    {R"([^\d\W_])", kNoDigitNorLine},
    {"[a-z]", {kSmall, false, 0, 0}},
    {"[a-zA-Z]", {kLetters, false, 0, 0}},
    {"[A-Za-z]", {kLetters, false, 0, 0}},
    {"[a-zA-Z0-9]", {kLettersAndDigits, false, 0, 0}},
    {"[A-Za-z0-9]", {kLettersAndDigits, false, 0, 0}},
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// How often `unit` is at least repeated in C+, CC+ and so on and in C{n,}; 0 for anything else.
std::size_t repetitions(std::string_view text, std::string_view unit) {
  std::size_t n = 0;
  while (take_prefix(text, unit)) ++n;
  if (n > 0 && text == "+") return n;
  const bool counted = n == 1 && text.size() == 4 && text.starts_with('{') &&
                       text.ends_with(",}") && text[1] >= '1' && text[1] <= '9';
  return counted ? static_cast<std::size_t>(text[1] - '0') : 0;
}

[[noreturn]] void refuse(std::string_view pattern) {
  throw std::invalid_argument(
      R"(token_pattern must be one class of characters, repeated: C+, CC+ or C{n,} with C one of \w,)"
      R"( \S, [^\d\W], [^\W\d_], [a-z], [a-zA-Z], [a-zA-Z0-9], with or without (?u) in front and,)"
      R"( but for \S, with or without \b on both sides; such as (?u)\b\w\w+\b; got )" +
      std::string(pattern));
}

}  // namespace

const CharClass kWordClass{kWordSet, true, kWord, 0};
const CharClass kSpaceClass{kSpaceSet, true, kSpace, 0};
const CharClass kSolidClass{kSolidSet, true, 0, kSpace};

TokenPattern parse_token_pattern(std::string_view pattern) {
  std::string_view text = pattern;
  take_prefix(text, "(?u)");
  const bool opened = take_prefix(text, R"(\b)");
  const bool closed = take_suffix(text, R"(\b)");
  for (const Spelling& spelling : kSpellings) {
    const std::size_t n = repetitions(text, spelling.text);
    if (n == 0 || opened != closed) continue;
    const bool is_word = spelling.text == R"(\w)";
    if (opened && spelling.meaning.required == 0 && spelling.meaning.beyond_ascii) break;  // \b\S
    return {spelling.meaning, opened && !is_word, n};
  }
  refuse(pattern);
}

}  // namespace slimline
