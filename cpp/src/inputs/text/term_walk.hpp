// Every term of a text that a TextAnalyzer has read, in scikit-learn's order: slices of its
// scratch, nothing is copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "slimline/text/analyzer.hpp"

namespace slimline {

class TermWalk {
 public:
  TermWalk(const TextAnalyzer& analyzer, const TextScratch& scratch)
      : analyzer_(analyzer), scratch_(scratch) {}

  // Calls take(text, length) for each term; text is readable for kTermPadding bytes beyond.
  template <class Take>
  void each(Take&& take) const {
    switch (analyzer_.unit()) {
      case TermUnit::kWord:
        return words(take);
      case TermUnit::kChar:
        return scratch_.ascii ? chars(Bytes{scratch_.n_codes}, take) : chars(codes(), take);
      case TermUnit::kCharWb:
        return scratch_.ascii ? padded_words(Bytes{}, take) : padded_words(codes(), take);
    }
  }

 private:
  // Where code point i of n begins; that of n is the end.
  struct Bytes {
    std::size_t n = 0;
    std::size_t operator[](std::size_t i) const { return i; }
  };
  struct Boundaries {
    const std::uint32_t* begin;
    std::size_t n;
    std::size_t operator[](std::size_t i) const { return begin[i]; }
  };

  Boundaries codes() const { return {scratch_.boundaries.data(), scratch_.n_codes}; }

  template <class Take>
  void words(Take& take) const {
    const std::size_t n_tokens = scratch_.n_pieces;
    const TextPiece* tokens = scratch_.pieces.data();
    const std::size_t most = std::min(analyzer_.max_n(), n_tokens);
    for (std::size_t n = analyzer_.min_n(); n <= most; ++n) {
      for (std::size_t i = 0; i + n <= n_tokens; ++i) {
        take(scratch_.source + tokens[i].begin, tokens[i + n - 1].end - tokens[i].begin);
      }
    }
  }

  template <class Places, class Take>
  void chars(Places places, Take& take) const {
    const std::size_t most = std::min(analyzer_.max_n(), places.n);
    for (std::size_t n = analyzer_.min_n(); n <= most; ++n) {
      for (std::size_t i = 0; i + n <= places.n; ++i) {
        take(scratch_.source + places[i], places[i + n] - places[i]);
      }
    }
  }

  // Pieces are in code points. A word shorter than n, with its spaces, is one term.
  template <class Places, class Take>
  void padded_words(Places places, Take& take) const {
    for (std::size_t p = 0; p < scratch_.n_pieces; ++p) {
      const auto [begin, end] = scratch_.pieces[p];
      for (std::size_t n = analyzer_.min_n(); n <= analyzer_.max_n(); ++n) {
        std::size_t i = begin;
        do {
          const std::size_t last = std::min<std::size_t>(i + n, end);
          take(scratch_.source + places[i], places[last] - places[i]);
        } while (i++ + n < end);
        if (begin + n >= end) break;
      }
    }
  }

  const TextAnalyzer& analyzer_;
  const TextScratch& scratch_;
};

}  // namespace slimline
