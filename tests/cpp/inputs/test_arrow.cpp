// Columns made by hand, in each layout of Arrow's strings.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "slimline/arrow.hpp"

namespace slimline {
namespace {

using Texts = std::vector<std::string_view>;

void released(ArrowSchema* schema) { schema->release = nullptr; }
void released(ArrowArray* array) { array->release = nullptr; }

ArrowSchema schema_of(const char* format) {
  ArrowSchema schema{};
  schema.format = format;
  schema.release = released;
  return schema;
}

// Owns the buffers that an array points to.
struct Column {
  ArrowSchema schema;
  ArrowArray array{};
  std::vector<const void*> buffers;

  Column(const char* format, std::int64_t length, std::vector<const void*> parts)
      : schema(schema_of(format)), buffers(std::move(parts)) {
    array.length = length;
    array.n_buffers = static_cast<std::int64_t>(buffers.size());
    array.buffers = buffers.data();
    array.release = released;
  }

  ArrowTexts read() {
    const ArrowColumn column(schema, array);
    return arrow_texts(column);
  }
};

constexpr std::uint8_t kSecondMissing = 0b101;

}  // namespace

TEST_CASE("strings with offsets of 32 and of 64 bits, missing and empty ones") {
  const std::array<std::int32_t, 4> small{0, 2, 2, 5};
  const std::array<std::int64_t, 4> large{0, 2, 2, 5};
  for (const auto& [format, offsets] :
       {std::pair<const char*, const void*>{"u", small.data()}, {"U", large.data()}}) {
    const ArrowTexts texts = Column(format, 3, {&kSecondMissing, offsets, "abcde"}).read();
    CHECK(texts.texts[0] == "ab");
    CHECK(texts.texts[1].data() == nullptr);
    CHECK(texts.texts[2] == "cde");
    CHECK_FALSE(texts.binary);
  }
  const ArrowTexts empty = Column("z", 3, {nullptr, small.data(), "abcde"}).read();
  CHECK(empty.texts[1].data() != nullptr);
  CHECK(empty.binary);
}

TEST_CASE("a column that begins later in its buffers") {
  const std::array<std::int32_t, 4> offsets{0, 2, 2, 5};
  Column column("u", 2, {&kSecondMissing, offsets.data(), "abcde"});
  column.array.offset = 1;
  const ArrowTexts texts = column.read();
  CHECK(texts.texts.size() == 2);
  CHECK(texts.texts[0].data() == nullptr);
  CHECK(texts.texts[1] == "cde");
}

TEST_CASE("views, of which short ones hold their text") {
  std::array<std::array<char, 16>, 2> views{};
  const std::int32_t short_length = 3;
  const std::int32_t long_length = 20;
  const std::int32_t place = 4;
  std::memcpy(views[0].data(), &short_length, 4);
  std::memcpy(views[0].data() + 4, "abc", 3);
  std::memcpy(views[1].data(), &long_length, 4);
  std::memcpy(views[1].data() + 12, &place, 4);
  const ArrowTexts texts =
      Column("vu", 2, {nullptr, views.data(), "....a text of 20 letters"}).read();
  CHECK(texts.texts == Texts{"abc", "a text of 20 letters"});
}

TEST_CASE("a dictionary, and a frame of one column") {
  const std::array<std::int32_t, 3> offsets{0, 2, 5};
  Column values("u", 2, {nullptr, offsets.data(), "abcde"});
  const std::array<std::int8_t, 3> indices{1, 0, 1};
  Column coded("c", 3, {&kSecondMissing, indices.data()});
  coded.schema.dictionary = &values.schema;
  coded.array.dictionary = &values.array;
  std::array<ArrowSchema*, 2> schemas{&coded.schema, &coded.schema};
  std::array<ArrowArray*, 2> arrays{&coded.array, &coded.array};
  Column frame("+s", 3, {nullptr});
  frame.schema.n_children = frame.array.n_children = 1;
  frame.schema.children = schemas.data();
  frame.array.children = arrays.data();
  const ArrowTexts texts = frame.read();
  CHECK(texts.texts[0] == "cde");
  CHECK(texts.texts[1].data() == nullptr);
  CHECK(texts.texts[2] == "cde");

  Column two("+s", 3, {nullptr});
  two.schema.n_children = two.array.n_children = 2;
  two.schema.children = schemas.data();
  two.array.children = arrays.data();
  CHECK_THROWS_AS(two.read(), std::invalid_argument);
}

TEST_CASE("what holds no texts is refused, nulls alone are missing texts") {
  const std::array<std::int64_t, 2> numbers{1, 2};
  CHECK_THROWS_AS(Column("l", 2, {nullptr, numbers.data()}).read(), std::invalid_argument);
  const ArrowTexts nulls = Column("n", 2, {}).read();
  CHECK(nulls.texts.size() == 2);
  CHECK(nulls.texts[0].data() == nullptr);
}

TEST_CASE("a column that was read is released once, and cannot be read again") {
  const std::array<std::int32_t, 2> offsets{0, 2};
  Column column("u", 1, {nullptr, offsets.data(), "ab"});
  CHECK(column.read().texts.size() == 1);
  CHECK((column.array.release == nullptr));
  CHECK_THROWS_AS(column.read(), std::invalid_argument);
}

}  // namespace slimline
