#include "slimline/text/term_counts.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/interrupt.hpp"
#include "core/parallel.hpp"
#include "inputs/text/hashed_terms.hpp"
#include "slimline/error.hpp"

namespace slimline {
namespace {

// Borders of n_parts runs of texts with about as many bytes each.
std::vector<std::size_t> cut(std::span<const std::string_view> texts, std::size_t n_parts) {
  std::size_t total = 0;
  for (const std::string_view text : texts) total += text.size() + 1;
  std::vector<std::size_t> borders(n_parts + 1, texts.size());
  borders[0] = 0;
  std::size_t seen = 0;
  std::size_t part = 1;
  for (std::size_t i = 0; i < texts.size() && part < n_parts; ++i) {
    seen += texts[i].size() + 1;
    while (part < n_parts && seen >= total / n_parts * part) borders[part++] = i + 1;
  }
  return borders;
}

void append(const CountedRows& part, std::span<const std::uint32_t> places, CountedRows& rows) {
  const std::size_t begin = rows.counts.size();
  for (const TermCount& term : part.counts) {
    rows.counts.push_back({places[term.column], term.count});
  }
  for (const std::size_t end : part.ends) rows.ends.push_back(begin + end);
}

// A term by its first eight bytes as a number that compares as they do.
struct SortKey {
  std::uint64_t head;
  std::uint32_t id;
};

std::uint64_t sortable_head(std::string_view term) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    head = head << 8U | (i < term.size() ? static_cast<unsigned char>(term[i]) : 0U);
  }
  return head;
}

void sort_by_term(std::vector<std::uint32_t>& ids, const Vocabulary& terms) {
  std::vector<SortKey> keys(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    keys[i] = {sortable_head(terms.term(ids[i])), ids[i]};
  }
  std::sort(keys.begin(), keys.end(), [&terms](const SortKey& a, const SortKey& b) {
    return a.head != b.head ? a.head < b.head : terms.term(a.id) < terms.term(b.id);
  });
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = keys[i].id;
}

}  // namespace

TermCounts::TermCounts(Vocabulary terms, std::span<const TermTally> tallies, std::uint64_t n_texts)
    : terms_(std::move(terms)), entries_(tallies.size()), n_texts_(n_texts) {
  require(tallies.size() == terms_.size(), "there must be a tally for each term");
  for (std::size_t i = 0; i < tallies.size(); ++i) entries_[i].tally = tallies[i];
}

void TermCounts::add(const TextAnalyzer& analyzer, std::span<const std::string_view> texts,
                     int n_threads, CountedRows* rows) {
  const std::size_t n_parts = std::clamp<std::size_t>(
      texts.size() / 64, 1, static_cast<std::size_t>(std::max(1, n_threads)));
  const std::vector<std::size_t> borders = cut(texts, n_parts);
  std::vector<TermCounts> counts(n_parts - 1);
  std::vector<CountedRows> counted(n_parts - 1);
  parallel_for(n_parts, 1, n_threads, [&](std::size_t part, std::size_t, std::size_t) {
    const auto own = texts.subspan(borders[part], borders[part + 1] - borders[part]);
    if (part == 0) return add_part(analyzer, own, rows);
    counts[part - 1].add_part(analyzer, own, rows == nullptr ? nullptr : &counted[part - 1]);
  });
  std::vector<std::uint32_t> places;
  for (std::size_t part = 0; part + 1 < n_parts; ++part) {
    merge(counts[part], &places);
    counts[part] = TermCounts();
    if (rows != nullptr) append(counted[part], places, *rows);
    counted[part] = CountedRows();
  }
}

void TermCounts::add_part(const TextAnalyzer& analyzer, std::span<const std::string_view> texts,
                          CountedRows* rows) {
  TextScratch scratch;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    check_interrupt_at(i);
    analyzer.read(texts[i], scratch);
    ++n_texts_;
    const std::size_t row_begin = rows == nullptr ? 0 : rows->counts.size();
    each_hashed_term(analyzer, scratch, terms_,
                     [&](const HashedTerm& term) { count_term(term, row_begin, rows); });
    if (rows != nullptr) rows->ends.push_back(rows->counts.size());
    scratch.trim();
  }
}

void TermCounts::count_term(const HashedTerm& term, std::size_t row_begin, CountedRows* rows) {
  const std::uint32_t id = terms_.add(term);
  if (id == entries_.size()) entries_.emplace_back();
  Entry& entry = entries_[id];
  ++entry.tally.n_occurrences;
  if (entry.last != n_texts_) {
    entry.last = n_texts_;
    ++entry.tally.n_texts;
    if (rows == nullptr) return;
    entry.place = static_cast<std::uint32_t>(rows->counts.size() - row_begin);
    rows->counts.push_back({id, 1});
  } else if (rows != nullptr) {
    ++rows->counts[row_begin + entry.place].count;
  }
}

void TermCounts::merge(const TermCounts& other, std::vector<std::uint32_t>* places) {
  if (places != nullptr) places->resize(other.entries_.size());
  for (std::size_t i = 0; i < other.entries_.size(); ++i) {
    check_interrupt_at(i);
    const std::string_view term = other.terms_.term(i);  // padded, as all within a vocabulary
    const std::uint32_t id = terms_.add(terms_.hashed(term.data(), term.size()));
    if (id == entries_.size()) entries_.emplace_back();
    entries_[id].tally.n_texts += other.entries_[i].tally.n_texts;
    entries_[id].tally.n_occurrences += other.entries_[i].tally.n_occurrences;
    if (places != nullptr) (*places)[i] = id;
  }
  n_texts_ += other.n_texts_;
}

std::vector<std::uint32_t> TermCounts::select(const TermSelection& selection) const {
  std::vector<std::uint32_t> ids;
  for (std::size_t id = 0; id < entries_.size(); ++id) {
    const std::uint64_t n = entries_[id].tally.n_texts;
    if (n >= selection.min_texts && n <= selection.max_texts) {
      ids.push_back(static_cast<std::uint32_t>(id));
    }
  }
  sort_by_term(ids, terms_);
  if (ids.size() > selection.max_terms) keep_most(ids, selection);
  return ids;
}

void TermCounts::keep_most(std::vector<std::uint32_t>& ids, const TermSelection& selection) const {
  const auto count = [&](std::size_t place) {
    const TermTally& tally = entries_[ids[place]].tally;
    return selection.by_texts ? tally.n_texts : tally.n_occurrences;
  };
  std::vector<std::size_t> places(ids.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(selection.max_terms);
  std::nth_element(places.begin(), end, places.end(), [&count](std::size_t a, std::size_t b) {
    return count(a) != count(b) ? count(a) > count(b) : a < b;
  });
  std::sort(places.begin(), end);
  for (std::size_t i = 0; i < selection.max_terms; ++i) ids[i] = ids[places[i]];
  ids.resize(selection.max_terms);
}

Vocabulary TermCounts::vocabulary(std::span<const std::uint32_t> ids) const {
  std::size_t n_bytes = 0;
  for (const std::uint32_t id : ids) n_bytes += terms_.term(id).size();
  Vocabulary chosen;
  chosen.reserve(ids.size(), n_bytes);
  for (const std::uint32_t id : ids) {
    const std::string_view term = terms_.term(id);
    chosen.add(chosen.hashed(term.data(), term.size()));
  }
  return chosen;
}

}  // namespace slimline
