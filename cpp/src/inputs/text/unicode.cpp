#include "inputs/text/unicode.hpp"

#include <algorithm>

#include "slimline/text/analyzer.hpp"
#include "slimline/text/utf8.hpp"

namespace slimline {
namespace unicode {
namespace {

#include "inputs/text/unicode_tables.inc"

// Hangul syllables are decomposed by rule (The Unicode Standard, section 3.12).
constexpr std::uint32_t kSyllables = 0xAC00;
constexpr std::uint32_t kLeads = 0x1100;
constexpr std::uint32_t kVowels = 0x1161;
constexpr std::uint32_t kTails = 0x11A7;
constexpr std::uint32_t kVowelCount = 21;
constexpr std::uint32_t kTailCount = 28;
constexpr std::uint32_t kSyllableCount = 19 * kVowelCount * kTailCount;

char* write_jamo(std::uint32_t syllable, char* out) {
  const std::uint32_t tail = syllable % kTailCount;
  out = utf8::encode(kLeads + syllable / (kVowelCount * kTailCount), out);
  out = utf8::encode(kVowels + syllable / kTailCount % kVowelCount, out);
  return tail == 0 ? out : utf8::encode(kTails + tail, out);
}

}  // namespace

const std::size_t kMostStripped = std::max<std::size_t>(kMostStrippedBytes, 9);

CodeRecord record(std::uint32_t code) {
  const std::uint32_t block = code >> kRecordShift;
  if (block >= std::size(kRecordBlocks)) return {0, 0};
  const std::uint32_t within = code & ((1U << kRecordShift) - 1);
  return kRecords[kRecordNumbers[(std::uint32_t{kRecordBlocks[block]} << kRecordShift) + within]];
}

char* write_stripped(std::uint32_t code, char* out) {
  if (code - kSyllables < kSyllableCount) return write_jamo(code - kSyllables, out);
  const std::uint32_t block = code >> kStripShift;
  if (block >= std::size(kStripBlocks)) return utf8::encode(code, out);
  const std::uint32_t within = code & ((1U << kStripShift) - 1);
  const std::size_t number =
      kStripNumbers[(std::uint32_t{kStripBlocks[block]} << kStripShift) + within];
  if (number == 0) return utf8::encode(code, out);
  return std::copy(kStripPool + kStripBegin[number], kStripPool + kStripEnd[number], out);
}

}  // namespace unicode

const char* unicode_version() { return unicode::kUnicodeVersion; }

}  // namespace slimline
