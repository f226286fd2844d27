// The analyzer's rules on texts whose terms are plain to see; Python's tests compare it with
// scikit-learn on thousands.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "slimline/text/analyzer.hpp"

namespace slimline {
namespace {

using Terms = std::vector<std::string>;

Terms terms(const TextOptions& options, std::string_view text) {
  return TextAnalyzer(options).terms(text);
}

TextOptions n_grams(TermUnit unit, std::size_t min_n, std::size_t max_n) {
  return {.unit = unit, .min_n = min_n, .max_n = max_n};
}

}  // namespace

TEST_CASE("words are runs of two letters and more, in lower case") {
  CHECK(terms({}, "A Good film, isn't it?") == Terms{"good", "film", "isn", "it"});
  CHECK(terms({}, "") == Terms{});
  CHECK(terms({}, "? !") == Terms{});
  CHECK(terms({}, "Caf\xC3\x89 \xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3") ==
        Terms{"caf\xC3\xA9", "\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82"});  // a final sigma
}

TEST_CASE("runs that begin or end at the borders of 64 bytes are found") {
  for (std::size_t n = 2; n < 200; ++n) {
    const std::string word(n, 'x');
    CHECK(terms({}, word) == Terms{word});
    CHECK(terms({}, std::string(n, ' ') + word + " " + word) == Terms{word, word});
  }
}

TEST_CASE("n-grams come by length, those of padded words word by word") {
  CHECK(terms(n_grams(TermUnit::kWord, 1, 2), "not a good film") ==
        Terms{"not", "good", "film", "not good", "good film"});
  CHECK(terms(n_grams(TermUnit::kChar, 2, 3), "a \t b") == Terms{"a ", " b", "a b"});
  CHECK(terms(n_grams(TermUnit::kCharWb, 2, 3), "ab c") ==
        Terms{" a", "ab", "b ", " ab", "ab ", " c", "c ", " c "});
  CHECK(terms(n_grams(TermUnit::kCharWb, 5, 6), "ab") == Terms{" ab "});
  CHECK(terms(n_grams(TermUnit::kChar, 1, 1), "\xC3\xA9z") == Terms{"\xC3\xA9", "z"});
}

TEST_CASE("stop words go before n-grams are made") {
  TextOptions options = n_grams(TermUnit::kWord, 2, 2);
  options.stop_words = {"the", "of"};
  CHECK(terms(options, "The end of the film") == Terms{"end film"});
}

TEST_CASE("accents go as NFKD has it") {
  TextOptions options;
  options.strip_accents = StripAccents::kUnicode;
  CHECK(terms(options, "\xC3\x89t\xC3\xA9 \xEF\xAC\x81n") == Terms{"ete", "fin"});
  options.strip_accents = StripAccents::kAscii;
  CHECK(terms(options, "\xC3\x89t\xC3\xA9 \xCE\xB1\xCE\xB2") == Terms{"ete"});
}

TEST_CASE("patterns of tokens are those of a closed list") {
  CHECK(terms({.token_pattern = R"(\S+)"}, "it's 5 %") == Terms{"it's", "5", "%"});
  CHECK(terms({.token_pattern = R"((?u)\b[^\d\W]+\b)"}, "a1 bc 2") == Terms{"bc"});
  CHECK(terms({.token_pattern = "[a-zA-Z]{3,}"}, "ab1abcd") == Terms{"abcd"});
  for (const char* pattern : {"", "+", R"(\w)", R"(\w*)", R"(\b\w+)", R"(\b\S+\b)", R"(\w{0,})",
                              R"(\w{2,3})", "(a|b)+", R"(\w+|\S)"}) {
    CAPTURE(pattern);
    CHECK_THROWS_AS(terms({.token_pattern = pattern}, "x"), std::invalid_argument);
  }
  CHECK_THROWS_AS(terms(n_grams(TermUnit::kWord, 0, 1), "x"), std::invalid_argument);
  CHECK_THROWS_AS(terms(n_grams(TermUnit::kWord, 3, 2), "x"), std::invalid_argument);
}

TEST_CASE("bytes that are no text are found") {
  CHECK(find_invalid_utf8("plain \xC3\xA9 \xF0\x9F\x98\x80") == 13);
  for (const char* bad : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF0\x9F\x98", "\xFF"}) {
    CHECK(find_invalid_utf8(std::string("0123456789") + bad) == 10);
  }
}

TEST_CASE("a scratch gives the memory of a very long text back") {
  const TextAnalyzer analyzer({});
  TextScratch scratch;
  analyzer.read(std::string(20'000'000, 'x'), scratch);
  CHECK(scratch.text.bytes() >= 20'000'000);
  scratch.trim();
  CHECK(scratch.text.bytes() == 0);
}

}  // namespace slimline
