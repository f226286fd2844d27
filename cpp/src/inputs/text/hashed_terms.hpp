// Terms of a text, hashed a block at a time: the slots of a whole block are asked for before the
// first of them is looked at.
#pragma once

#include <array>
#include <cstddef>

#include "core/interrupt.hpp"
#include "inputs/text/term_walk.hpp"
#include "slimline/text/vocabulary.hpp"

namespace slimline {

// Calls take(term) with a HashedTerm for each term of the text that was read into scratch.
template <class Take>
void each_hashed_term(const TextAnalyzer& analyzer, const TextScratch& scratch,
                      const Vocabulary& vocabulary, Take&& take) {
  constexpr std::size_t kBlock = 64;
  std::array<HashedTerm, kBlock> block;
  std::size_t n = 0;
  const auto flush = [&] {
    for (std::size_t i = 0; i < n; ++i) take(block[i]);
    n = 0;
  };
  std::size_t n_blocks = 0;
  TermWalk(analyzer, scratch).each([&](const char* text, std::size_t length) {
    block[n] = vocabulary.hashed(text, length);
    vocabulary.prefetch(block[n]);
    if (++n < kBlock) return;
    check_interrupt_at(n_blocks++);
    flush();
  });
  flush();
}

}  // namespace slimline
