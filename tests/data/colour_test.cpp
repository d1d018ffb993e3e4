#include "data/colour.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pullback {
namespace {

Picture pattern() {
  Picture picture(23, 31, 3);
  for (int64_t y = 0; y < 23; ++y) {
    for (int64_t x = 0; x < 31; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        picture.at(y, x)[c] = static_cast<uint8_t>(30 + (y * 5 + x * 3 + c * 17 + y * x) % 190);
      }
    }
  }
  return picture;
}

template <class F>
int64_t digest_after(F change) {
  Picture picture = pattern();
  change(picture);
  int64_t d = 0;
  for (uint8_t p : picture.pixels) d = (d * 31 + p) % 1000000007;
  return d;
}

/// The digests are of the pattern after Pillow's ImageEnhance, ImageOps and Image.transform.
TEST(Colour, gives_pillows_bits) {
  auto enhanced = [](void (*change)(Picture&, double), double factor) {
    return digest_after([&](Picture& p) { change(p, factor); });
  };
  EXPECT_EQ(enhanced(change_brightness, 0.3), 631508014);
  EXPECT_EQ(enhanced(change_brightness, 1.7), 404841382);
  EXPECT_EQ(enhanced(change_contrast, 0.3), 202211400);
  EXPECT_EQ(enhanced(change_contrast, 1.7), 32639531);
  EXPECT_EQ(enhanced(change_saturation, 0.3), 469283770);
  EXPECT_EQ(enhanced(change_saturation, 1.7), 598851370);
  EXPECT_EQ(enhanced(change_sharpness, 0.3), 409613239);
  EXPECT_EQ(enhanced(change_sharpness, 1.7), 866771893);
  EXPECT_EQ(digest_after([](Picture& p) { posterize(p, 3); }), 293238361);
  EXPECT_EQ(digest_after([](Picture& p) { solarize(p, 100); }), 359270413);
  EXPECT_EQ(digest_after(autocontrast), 976755668);
  EXPECT_EQ(digest_after(equalize), 426508563);
  EXPECT_EQ(digest_after(
                [](Picture& p) { affine(p, 0.91317, 0.21731, -1.2537, -0.10913, 1.0973, 2.5119); }),
            666663670);
}

TEST(Colour, factor_one_changes_nothing) {
  const Picture before = pattern();
  for (auto change : {change_brightness, change_contrast, change_saturation, change_sharpness}) {
    Picture after = before;
    change(after, 1);
    EXPECT_EQ(after.pixels, before.pixels);
  }
}

TEST(Colour, randaugment_of_any_picture_keeps_its_size) {
  for (int64_t channels : {1, 3}) {
    for (int64_t side : {1, 2, 9}) {
      for (uint64_t seed = 0; seed < 200; ++seed) {
        Picture picture(side, side + 1, channels);
        for (uint8_t& p : picture.pixels) p = static_cast<uint8_t>(seed * 7);
        Random random(seed);
        randaugment(picture, static_cast<int64_t>(seed % 31), random);
        colour_jitter(picture, 0.4, random);
        EXPECT_EQ(static_cast<int64_t>(picture.pixels.size()), side * (side + 1) * channels);
      }
    }
  }
}

}  // namespace
}  // namespace pullback
