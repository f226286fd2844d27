#include "slimline/text/analyzer.hpp"

#include <cstring>
#include <stdexcept>

#include "inputs/text/prepare.hpp"
#include "inputs/text/runs.hpp"
#include "inputs/text/term_walk.hpp"
#include "inputs/text/unicode.hpp"
#include "kernels/dispatch.hpp"
#include "slimline/error.hpp"
#include "slimline/text/utf8.hpp"

namespace slimline {
namespace {

bool is_member(const CharClass& c, std::uint8_t flags) {
  return c.beyond_ascii && (flags & c.required) == c.required && (flags & c.forbidden) == 0;
}

// Marks the bytes of a text whose code points are of a class; returns whether all are ASCII. `out`
// gets the text, in lower case if asked for, and may be the text itself.
bool mark_ascii(const char* text, std::size_t size, const CharClass& c, bool lower, char* out,
                Growing<std::uint64_t>& members) {
  std::uint64_t* bits = members.reserve(run_words(size));
  bits[run_words(size) - 1] = 0;
  return kernels::active_table().text.ascii_members(text, size, c.ascii.rows.data(), lower, out,
                                                    bits);
}

// The same for the code points beyond ASCII.
void mark_beyond_ascii(const char* text, std::size_t size, const CharClass& c,
                       Growing<std::uint64_t>& members) {
  const char* const end = text + size;
  for (const char* at = utf8::skip_ascii(text, end); at < end; at = utf8::skip_ascii(at, end)) {
    std::size_t n = 0;
    const std::uint32_t code = utf8::decode(at, end, n);
    if (is_member(c, unicode::record(code).flags)) {
      set_bits(members.data(), static_cast<std::size_t>(at - text), n);
    }
    at += n;
  }
}

void mark(TextScratch& scratch, const CharClass& c, Growing<std::uint64_t>& members) {
  char* text = scratch.text.data();
  scratch.ascii = mark_ascii(text, scratch.size, c, false, text, members);
  if (!scratch.ascii) mark_beyond_ascii(text, scratch.size, c, members);
}

// Copies a piece of a text, and up to 15 bytes more; returns the end of the piece.
char* copy_piece(const char* from, std::size_t n, char* to) {
  constexpr std::size_t kStep = 16;
  for (std::size_t i = 0; i < n; i += kStep) std::memcpy(to + i, from + i, kStep);
  return to + n;
}

void set_source(TextScratch& scratch, Growing<char>& source, std::size_t size) {
  std::memset(source.data() + size, 0, kTextPadding);
  scratch.source = source.data();
  scratch.n_codes = size;
  if (scratch.ascii) return;
  std::uint32_t* boundaries = scratch.boundaries.reserve(size + 1);
  scratch.n_codes = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (utf8::is_lead(source[i])) boundaries[scratch.n_codes++] = static_cast<std::uint32_t>(i);
  }
  boundaries[scratch.n_codes] = static_cast<std::uint32_t>(size);
}

// Code points in a piece of a text; ASCII has one a byte.
std::size_t codes_in(const TextScratch& scratch, TextPiece piece) {
  if (scratch.ascii) return piece.end - piece.begin;
  return utf8::count(scratch.text.data() + piece.begin, scratch.text.data() + piece.end);
}

// Tokens one after the other with a space between: n-grams are slices of it.
void join_tokens(TextScratch& scratch) {
  char* const joined = scratch.joined.reserve(scratch.size + scratch.n_pieces + kJoinedPadding);
  char* out = joined;
  TextPiece* tokens = scratch.pieces.data();
  for (std::size_t i = 0; i < scratch.n_pieces; ++i) {
    const std::size_t n = tokens[i].end - tokens[i].begin;
    const auto begin = static_cast<std::uint32_t>(out - joined);
    out = copy_piece(scratch.text.data() + tokens[i].begin, n, out);
    tokens[i] = {begin, static_cast<std::uint32_t>(begin + n)};
    *out++ = ' ';
  }
  std::memset(out, 0, kTextPadding);
  scratch.source = joined;
}

}  // namespace

void TextScratch::trim() {
  constexpr std::size_t kKept = std::size_t{1} << 24U;
  const std::size_t bytes = text.bytes() + members.bytes() + within.bytes() + pieces.bytes() +
                            joined.bytes() + boundaries.bytes();
  if (bytes > kKept) *this = TextScratch();
}

std::size_t find_invalid_utf8(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const char* at = utf8::skip_ascii(begin, end); at < end; at = utf8::skip_ascii(at, end)) {
    const std::size_t n = utf8::valid_length(at, end);
    if (n == 0) return static_cast<std::size_t>(at - begin);
    at += n;
  }
  return text.size();
}

TextAnalyzer::TextAnalyzer(const TextOptions& options)
    : unit_(options.unit),
      lowercase_(options.lowercase),
      strip_accents_(options.strip_accents),
      pattern_(parse_token_pattern(options.token_pattern)),
      min_n_(options.min_n),
      max_n_(options.max_n) {
  require(min_n_ >= 1 && min_n_ <= max_n_, "ngram_range must have 1 <= min_n <= max_n");
  for (const std::string& word : options.stop_words) stop_words_.add(word);
}

void TextAnalyzer::prepare(std::string_view text, const CharClass& members,
                           TextScratch& scratch) const {
  if (text.size() > kMostTextBytes) throw std::length_error("a text takes more than 4 GB");
  char* out = scratch.text.reserve(text.size() + kTextPadding);
  scratch.size = text.size();
  scratch.ascii = mark_ascii(text.data(), text.size(), members, lowercase_, out, scratch.members);
  if (!scratch.ascii) {
    scratch.size = prepare_beyond_ascii(text, {lowercase_, strip_accents_}, scratch.text);
    mark(scratch, members, scratch.members);
  }
  std::memset(scratch.text.data() + scratch.size, 0, kTextPadding);
}

void TextAnalyzer::read(std::string_view text, TextScratch& scratch) const {
  switch (unit_) {
    case TermUnit::kWord:
      prepare(text, pattern_.whole_words ? kWordClass : pattern_.unit, scratch);
      return read_words(scratch);
    case TermUnit::kChar:
      prepare(text, kSpaceClass, scratch);
      return read_chars(scratch);
    case TermUnit::kCharWb:
      prepare(text, kSolidClass, scratch);
      return read_padded_words(scratch);
  }
}

void TextAnalyzer::read_words(TextScratch& scratch) const {
  find_tokens(scratch);
  if (stop_words_.size() > 0) drop_stop_words(scratch);
  scratch.source = scratch.text.data();
  if (max_n_ > 1) join_tokens(scratch);
}

void TextAnalyzer::find_tokens(TextScratch& scratch) const {
  const std::size_t n = find_runs(scratch.members.data(), scratch.size, scratch.pieces);
  if (pattern_.whole_words) mark(scratch, pattern_.unit, scratch.within);
  TextPiece* tokens = scratch.pieces.data();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const TextPiece token = tokens[i];
    tokens[kept] = token;
    bool is_token = token.end - token.begin >= pattern_.min_length;
    if (!scratch.ascii) is_token = is_token && codes_in(scratch, token) >= pattern_.min_length;
    if (pattern_.whole_words) {
      is_token = is_token && !has_gap(scratch.within.data(), token.begin, token.end);
    }
    kept += is_token ? 1 : 0;
  }
  scratch.n_pieces = kept;
}

void TextAnalyzer::drop_stop_words(TextScratch& scratch) const {
  TextPiece* tokens = scratch.pieces.data();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < scratch.n_pieces; ++i) {
    const TextPiece token = tokens[i];
    tokens[kept] = token;
    const HashedTerm word =
        stop_words_.hashed(scratch.text.data() + token.begin, token.end - token.begin);
    kept += stop_words_.find(word) == Vocabulary::kNone ? 1 : 0;
  }
  scratch.n_pieces = kept;
}

// Gaps of two spaces and more, of any kind, become one plain space.
void TextAnalyzer::read_chars(TextScratch& scratch) const {
  const std::size_t n_gaps = find_runs(scratch.members.data(), scratch.size, scratch.pieces);
  const TextPiece* gaps = scratch.pieces.data();
  const char* text = scratch.text.data();
  char* const joined = scratch.joined.reserve(scratch.size + kJoinedPadding);
  char* out = joined;
  std::size_t done = 0;
  for (std::size_t i = 0; i < n_gaps; ++i) {
    if (codes_in(scratch, gaps[i]) < 2) continue;
    out = copy_piece(text + done, gaps[i].begin - done, out);
    *out++ = ' ';
    done = gaps[i].end;
  }
  if (done == 0) return set_source(scratch, scratch.text, scratch.size);
  out = copy_piece(text + done, scratch.size - done, out);
  set_source(scratch, scratch.joined, static_cast<std::size_t>(out - joined));
}

// Words with a space before, between and after them; a piece is a word with both of its spaces.
void TextAnalyzer::read_padded_words(TextScratch& scratch) const {
  scratch.n_pieces = find_runs(scratch.members.data(), scratch.size, scratch.pieces);
  char* const joined = scratch.joined.reserve(scratch.size + 2 + kJoinedPadding);
  char* out = joined;
  std::uint32_t n_codes = 0;
  *out++ = ' ';
  TextPiece* words = scratch.pieces.data();
  for (std::size_t i = 0; i < scratch.n_pieces; ++i) {
    const TextPiece word = words[i];
    const auto n = static_cast<std::uint32_t>(codes_in(scratch, word));
    words[i] = {n_codes, n_codes + n + 2};
    n_codes += n + 1;
    out = copy_piece(scratch.text.data() + word.begin, word.end - word.begin, out);
    *out++ = ' ';
  }
  set_source(scratch, scratch.joined, static_cast<std::size_t>(out - joined));
}

std::vector<std::string> TextAnalyzer::terms(std::string_view text) const {
  TextScratch scratch;
  read(text, scratch);
  std::vector<std::string> terms;
  TermWalk(*this, scratch).each([&terms](const char* term, std::size_t length) {
    terms.emplace_back(term, length);
  });
  return terms;
}

std::string TextAnalyzer::prepared(std::string_view text) const {
  TextScratch scratch;
  prepare(text, kSpaceClass, scratch);
  return {scratch.text.data(), scratch.size};
}

}  // namespace slimline
