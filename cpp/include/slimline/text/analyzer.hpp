// From a text to its terms, exactly as scikit-learn's vectorizers take them under a Python of the
// same Unicode version: lower case, accents, tokens, stop words, n-grams.
//
// A TextAnalyzer is what was chosen, and never changes: any number of threads use it at once, each
// with a TextScratch of its own, which is the memory of one text and is reused for the next. Work
// and memory are linear in the length of the text. Texts are UTF-8 (see find_invalid_utf8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slimline/text/growing.hpp"
#include "slimline/text/token_pattern.hpp"
#include "slimline/text/vocabulary.hpp"

namespace slimline {

// The version of Unicode that letters, digits, spaces and lower case are of, as "14.0.0".
const char* unicode_version();

// Where the first byte is that does not belong to a code point, or text.size().
std::size_t find_invalid_utf8(std::string_view text);

enum class TermUnit {
  kWord,    // n-grams of tokens, joined by a space
  kChar,    // n-grams of code points
  kCharWb,  // n-grams of code points within words, padded by a space on both sides
};

enum class StripAccents { kNone, kAscii, kUnicode };

struct TextOptions {
  TermUnit unit = TermUnit::kWord;
  bool lowercase = true;
  StripAccents strip_accents = StripAccents::kNone;
  std::string token_pattern = R"((?u)\b\w\w+\b)";  // of words, see parse_token_pattern
  std::vector<std::string> stop_words{};           // of words: tokens to leave out
  std::size_t min_n = 1;                           // 1 <= min_n <= max_n
  std::size_t max_n = 1;
};

// A slice [begin, end) of a text, in bytes or in code points.
struct TextPiece {
  std::uint32_t begin;
  std::uint32_t end;
};

// The text that TextAnalyzer::read has read last: the memory of one thread.
struct TextScratch {
  // Gives memory back where a very long text has taken it.
  void trim();

  Growing<char> text;              // as it was prepared: lower case, accents
  std::size_t size = 0;            // of text
  bool ascii = true;               // whether text is
  Growing<std::uint64_t> members;  // which bytes belong to the characters that were looked for
  Growing<std::uint64_t> within;   // the same, of the unit where tokens are whole words
  Growing<TextPiece> pieces;       // tokens in bytes, or padded words in code points
  std::size_t n_pieces = 0;
  Growing<char> joined;               // pieces with one space between, or text without long gaps
  const char* source = nullptr;       // what terms are slices of: text or joined
  Growing<std::uint32_t> boundaries;  // of code points in source, where text is not ASCII
  std::size_t n_codes = 0;            // in source
};

class TextAnalyzer {
 public:
  // Throws std::invalid_argument for a wrong option.
  explicit TextAnalyzer(const TextOptions& options);

  // Reads a text: its terms are then what TermWalk gives (inputs/text/term_walk.hpp).
  void read(std::string_view text, TextScratch& scratch) const;

  // All terms of a text, in scikit-learn's order.
  std::vector<std::string> terms(std::string_view text) const;
  // The text in lower case and without accents, as asked for.
  std::string prepared(std::string_view text) const;

  TermUnit unit() const { return unit_; }
  std::size_t min_n() const { return min_n_; }
  std::size_t max_n() const { return max_n_; }

 private:
  void read_words(TextScratch& scratch) const;
  void read_chars(TextScratch& scratch) const;
  void read_padded_words(TextScratch& scratch) const;
  void prepare(std::string_view text, const CharClass& members, TextScratch& scratch) const;
  void find_tokens(TextScratch& scratch) const;
  void drop_stop_words(TextScratch& scratch) const;

  TermUnit unit_;
  bool lowercase_;
  StripAccents strip_accents_;
  TokenPattern pattern_;
  Vocabulary stop_words_;
  std::size_t min_n_;
  std::size_t max_n_;
};

}  // namespace slimline
