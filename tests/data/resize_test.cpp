#include "data/resize.h"

#include <gtest/gtest.h>

#include "data/transform.h"

namespace pullback {
namespace {

Picture pattern(int64_t height, int64_t width) {
  Picture picture(height, width, 3);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        picture.at(y, x)[c] = static_cast<uint8_t>(y * 37 + x * 91 + c * 53 + y * x * 7);
      }
    }
  }
  return picture;
}

int64_t digest(const Picture& picture) {
  int64_t d = 0;
  for (uint8_t p : picture.pixels) d = (d * 31 + p) % 1000000007;
  return d;
}

/// The digests are of Image.fromarray(pattern).resize((width, height), Image.BILINEAR) in Pillow.
TEST(Resize, gives_pillows_bits) {
  struct Case {
    int64_t height, width, to_height, to_width, digest;
  };
  const Case cases[] = {{5, 7, 3, 4, 337822625},       {4, 3, 7, 8, 182967873},
                        {97, 131, 24, 31, 964500854},  {224, 300, 256, 342, 373946892},
                        {375, 500, 64, 64, 864183574}, {33, 20, 33, 9, 981954686},
                        {20, 33, 9, 33, 964519398}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.height);
    Picture result = resize(pattern(c.height, c.width).view(), c.to_height, c.to_width);
    EXPECT_EQ(result.height, c.to_height);
    EXPECT_EQ(result.width, c.to_width);
    EXPECT_EQ(digest(result), c.digest);
  }
}

TEST(Resize, of_a_part_reads_nothing_outside_it) {
  Picture whole = pattern(40, 50);
  PictureView part = whole.view().crop({7, 11, 20, 30});
  Picture copied = resize(part, 20, 30);
  EXPECT_EQ(copied.at(3, 4)[1], whole.at(10, 15)[1]);
  EXPECT_EQ(resize(part, 9, 9).pixels, resize(copied.view(), 9, 9).pixels);
}

TEST(Resize, grey_is_as_each_channel) {
  Picture colour = pattern(30, 40), grey(30, 40, 1);
  for (int64_t i = 0; i < 1200; ++i) {
    grey.pixels[static_cast<size_t>(i)] = colour.pixels[static_cast<size_t>(i * 3)];
  }
  Picture small = resize(colour.view(), 11, 13), small_grey = resize(grey.view(), 11, 13);
  for (int64_t i = 0; i < 143; ++i) {
    EXPECT_EQ(small_grey.pixels[static_cast<size_t>(i)], small.pixels[static_cast<size_t>(i * 3)]);
  }
}

TEST(Transform, evaluation_resizes_and_takes_the_middle) {
  Picture photo = pattern(300, 400);
  Picture expected = resize(photo.view(), 256, 341);
  Picture middle = centred(photo.view(), {224, 224, 3});
  EXPECT_EQ(middle.height, 224);
  EXPECT_EQ(middle.width, 224);
  EXPECT_EQ(middle.at(0, 0)[0], expected.at(16, 58)[0]);  // 58.5, rounded to even
  EXPECT_EQ(middle.at(223, 223)[2], expected.at(239, 281)[2]);
  Picture own = pattern(32, 32);
  EXPECT_EQ(centred(own.view(), {32, 32, 3}).pixels, own.pixels);
}

TEST(Transform, normalizes_each_channel) {
  Picture picture(1, 1, 3);
  picture.pixels = {0, 255, 51};
  float numbers[3];
  normalize(picture.view(), {{0.5f, 0.5f, 0.1f}, {0.5f, 0.25f, 0.1f}}, numbers);
  EXPECT_FLOAT_EQ(numbers[0], -1);
  EXPECT_FLOAT_EQ(numbers[1], 2);
  EXPECT_NEAR(numbers[2], 1, 1e-6);
}

}  // namespace
}  // namespace pullback
