#include "data/jpeg.h"

#include <cstdlib>

#include "base/random.h"
#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

using test::encode_jpeg;

Picture decode(const std::string& bytes, int64_t channels) {
  return decode_jpeg({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, channels,
                     "the file");
}

int farthest(const Picture& a, const Picture& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return most;
}

TEST(Jpeg, every_kind_of_file_becomes_rgb_and_grey) {
  Picture original = test::gradient(37, 50);
  Picture red(37, 50, 3);
  for (size_t i = 0; i < red.pixels.size(); ++i) red.pixels[i] = original.pixels[i / 3 * 3];
  for (bool progressive : {false, true}) {
    for (int components : {1, 3, 4}) {
      for (bool adobe : {false, true}) {
        SCOPED_TRACE(components);
        std::string bytes = encode_jpeg(original, {components, progressive, adobe});
        const Picture& expected = components == 1 ? red : original;
        Picture rgb = decode(bytes, 3);
        EXPECT_EQ(rgb.height, 37);
        EXPECT_EQ(rgb.width, 50);
        EXPECT_LE(farthest(rgb, expected), 3);
        EXPECT_LE(farthest(decode(bytes, 1), to_grey(expected.view())), 3);
      }
    }
  }
}

TEST(Jpeg, a_file_cut_short_is_named) {
  std::string whole = encode_jpeg(test::gradient(64, 64));
  for (size_t size : {size_t{0}, size_t{3}, size_t{100}, whole.size() / 2, whole.size() - 2}) {
    expect_error([&] { decode(whole.substr(0, size), 3); }, "'the file' is damaged, cut short");
  }
  std::string progressive = encode_jpeg(test::gradient(64, 64), {.progressive = true});
  expect_error([&] { decode(progressive.substr(0, progressive.size() * 3 / 4), 3); },
               "'the file' is damaged, cut short");
}

TEST(Jpeg, junk_after_the_picture_does_no_harm) {
  Picture original = test::gradient(20, 20);
  EXPECT_LE(farthest(decode(encode_jpeg(original) + "junk", 3), original), 3);
}

TEST(Jpeg, no_mutation_of_a_file_crashes) {
  Random random(1, "jpeg mutations");
  const std::string kinds[] = {encode_jpeg(test::gradient(24, 31)),
                               encode_jpeg(test::gradient(24, 31), {.progressive = true}),
                               encode_jpeg(test::gradient(24, 31), {.components = 4})};
  int decoded = 0;
  for (const std::string& whole : kinds) {
    for (int i = 0; i < 300; ++i) {
      std::string bytes = whole;
      for (uint64_t k = 1 + random.below(3); k > 0; --k) {
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      }
      try {
        decode(bytes, 3);
        ++decoded;
      } catch (const Error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("'the file' is")) << error.what();
      }
    }
  }
  EXPECT_GT(decoded, 0);
}

}  // namespace
}  // namespace pullback
