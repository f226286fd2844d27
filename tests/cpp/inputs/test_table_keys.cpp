// Keys of categories: found by value, whatever the type of the cell; bounded steps for any keys.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "slimline/table/keys.hpp"

namespace slimline::table {
namespace {

Keys text_keys(const std::vector<std::string>& texts) {
  std::string blob;
  std::vector<std::uint32_t> offsets{0};
  for (const std::string& text : texts) {
    blob += text;
    offsets.push_back(static_cast<std::uint32_t>(blob.size()));
  }
  return Keys::of_texts(blob, offsets);
}

constexpr std::int64_t kBig = std::int64_t{1} << 53;
constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("texts of every length are found, and no others") {
  std::vector<std::string> texts;
  for (std::size_t n = 0; n < 600; n += n < 20 ? 1 : 37) texts.push_back(std::string(n, 'x'));
  const Keys keys = text_keys(texts);
  REQUIRE(keys.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // Without anything readable behind it.
    const std::vector<char> exact(texts[i].begin(), texts[i].end());
    CHECK(keys.find(std::string_view(exact.data(), exact.size())) == static_cast<int>(i));
    CHECK(keys.find(texts[i] + "y") == Keys::kUnknown);
    CHECK(keys.find(Cell::of_text(texts[i])) == static_cast<int>(i));
  }
  CHECK(keys.find(std::string(8, '\0')) == Keys::kUnknown);
  CHECK(keys.find(std::string(10000, 'x')) == Keys::kUnknown);
  CHECK(keys.find(1.0) == Keys::kWrongType);
  CHECK(keys.find(Cell::of_bool(true)) == Keys::kWrongType);
}

TEST_CASE("integers stay apart beyond 2^53") {
  const Keys keys = Keys::of_integers(std::vector<std::int64_t>{-1, 0, 3, kBig, kBig + 1});
  CHECK(keys.find(kBig) == 3);
  CHECK(keys.find(kBig + 1) == 4);
  CHECK(keys.find(static_cast<double>(kBig)) == 3);
  CHECK(keys.find(3.0) == 2);
  CHECK(keys.find(-0.0) == 1);
  CHECK(keys.find(3.5) == Keys::kUnknown);
  CHECK(keys.find(1e300) == Keys::kUnknown);
  CHECK(keys.find(-kInf) == Keys::kUnknown);
  CHECK(keys.find(0x1p63) == Keys::kUnknown);
  CHECK(keys.find(Cell::of_bool(false)) == 1);
  CHECK(keys.find(Cell::of_unsigned(std::numeric_limits<std::uint64_t>::max())) == Keys::kUnknown);
  CHECK(keys.find(std::string_view("3")) == Keys::kWrongType);
}

TEST_CASE("floats are found by integers that they hold exactly") {
  const Keys keys = Keys::of_numbers(std::vector<double>{0.0, 0.5, 3, 0x1p53, 0x1p63});
  CHECK(keys.find(-0.0) == 0);
  CHECK(keys.find(0.5) == 1);
  CHECK(keys.find(std::int64_t{3}) == 2);
  CHECK(keys.find(kBig) == 3);
  CHECK(keys.find(kBig + 1) == Keys::kUnknown);
  CHECK(keys.find(std::numeric_limits<std::int64_t>::max()) == Keys::kUnknown);
  CHECK_THROWS_AS(Keys::of_numbers(std::vector<double>{std::nan("")}), std::invalid_argument);
}

TEST_CASE("bools are 0 and 1") {
  const Keys keys = Keys::of_bools(std::vector<std::uint8_t>{0, 1});
  CHECK(keys.find(Cell::of_bool(true)) == 1);
  CHECK(keys.find(0.0) == 0);
  CHECK(keys.find(std::int64_t{2}) == Keys::kUnknown);
}

TEST_CASE("a key must not occur twice") {
  CHECK_THROWS_AS(Keys::of_integers(std::vector<std::int64_t>{1, 2, 1}), std::invalid_argument);
  CHECK_THROWS_AS(Keys::of_numbers(std::vector<double>{0.0, -0.0}), std::invalid_argument);
  CHECK_THROWS_AS(text_keys({"a", "a"}), std::invalid_argument);
}

TEST_CASE("no choice of keys makes look-ups slow") {
  for (const unsigned shift : {0U, 16U, 32U, 47U}) {
    std::vector<std::uint64_t> words;
    for (std::uint64_t k = 0; k < 1U << 16U; ++k) words.push_back(k << shift);
    const WordTable table(words);
    CHECK(table.farthest() <= 128);
    for (std::size_t k = 0; k < words.size(); k += 101) {
      CHECK(table.find(words[k]) == static_cast<int>(k));
    }
    CHECK(table.find(~std::uint64_t{0}) == WordTable::kNone);
  }
}

TEST_CASE("tables without keys find nothing") {
  CHECK(Keys::of_integers({}).find(std::int64_t{0}) == Keys::kUnknown);
  CHECK(text_keys({}).find(std::string_view("")) == Keys::kUnknown);
}

}  // namespace slimline::table
