#include "data/augment.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include "tests/data/pictures.h"
#include "tests/temporary_folder.h"

namespace pullback {
namespace {

constexpr ImageSize small{8, 8, 1};

/// A grey picture of 8×8 whose pixels are 1 to 64.
Picture numbered() {
  Picture picture(8, 8, 1);
  std::iota(picture.pixels.begin(), picture.pixels.end(), uint8_t{1});
  return picture;
}

Picture augmented(const std::string& how, uint64_t seed, const Picture& picture = numbered(),
                  const ImageSize& size = small) {
  Random random(seed);
  return augment(picture.view(), size, parse_augmentation(how), random);
}

TEST(Augment, text_and_back) {
  for (const char* text :
       {"none", "flip", "crop:4,flip", "resized-crop:0.35,flip,randaugment:2:9,jitter:0.4",
        "erase:0.25,mixup:0.2,cutmix:1"}) {
    EXPECT_EQ(parse_augmentation(text).text(), text);
  }
  EXPECT_EQ(parse_augmentation("flip,resized-crop").text(), "resized-crop:0.08,flip");
  EXPECT_EQ(usual_augmentation({28, 28, 1}).text(), "none");
  EXPECT_EQ(usual_augmentation({32, 32, 3}).text(), "crop:4,flip");
  EXPECT_EQ(usual_augmentation({224, 224, 3}).text(), "resized-crop:0.35,flip");
}

TEST(Augment, mistakes_are_named) {
  const std::pair<const char*, const char*> table[] = {
      {"flop", "'flop': there is no such augmentation; there are none, resized-crop:S"},
      {"", "there is no such augmentation"},
      {"crop", "it needs a number: crop:4"},
      {"crop:x", "'x' is not a number"},
      {"crop:1.5", "its number must be whole"},
      {"jitter:2", "its number must be between 0 and 1, e.g. jitter:0.4"},
      {"flip:1", "too many numbers"},
      {"mixup:nan", "its number must be between"},
      {"crop:4,resized-crop", "exclude each other"},
  };
  for (const auto& [text, message] : table) {
    expect_error([&, text = text] { parse_augmentation(text); }, "--augment: ", message);
  }
}

TEST(Augment, crop_moves_and_flip_mirrors) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Picture p = augmented("crop:1", seed);
    seen.insert(std::string(p.pixels.begin(), p.pixels.end()));
    int64_t down = 2, right = 2;  // where the pixel numbered 28, at (3, 3), went
    for (int64_t y = 2; y <= 4; ++y) {
      for (int64_t x = 2; x <= 4; ++x) {
        if (*p.at(y, x) == 28) down = y - 3, right = x - 3;
      }
    }
    ASSERT_LE(std::abs(down), 1);
    for (int64_t y = 0; y < 8; ++y) {
      for (int64_t x = 0; x < 8; ++x) {
        bool inside = y - down >= 0 && y - down < 8 && x - right >= 0 && x - right < 8;
        EXPECT_EQ(*p.at(y, x), inside ? (y - down) * 8 + x - right + 1 : 0);
      }
    }
  }
  EXPECT_EQ(seen.size(), 9u);
  Picture mirrored = numbered();
  for (int64_t y = 0; y < 8; ++y) std::reverse(mirrored.at(y, 0), mirrored.at(y, 0) + 8);
  int flips = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Picture p = augmented("flip", seed);
    EXPECT_TRUE(p.pixels == numbered().pixels || p.pixels == mirrored.pixels);
    flips += p.pixels == mirrored.pixels;
  }
  EXPECT_NEAR(flips, 50, 25);
}

TEST(Augment, resized_crop_of_any_picture_has_the_networks_size) {
  for (auto [height, width] : {std::pair{9, 300}, {300, 9}, {1, 1}, {40, 50}}) {
    Picture picture = test::gradient(height, width);
    std::set<std::string> seen;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Picture p = augmented("resized-crop:0.08", seed, picture, {16, 20, 3});
      EXPECT_EQ(p.height, 16);
      EXPECT_EQ(p.width, 20);
      seen.insert(std::string(p.pixels.begin(), p.pixels.end()));
    }
    if (height == 40) {
      EXPECT_GT(seen.size(), 15u);
    }
  }
}

TEST(Augment, erases_a_box_with_its_probability) {
  int erased = 0;
  constexpr ImageSize size{20, 30, 3};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<float> image(20 * 30 * 3, 1.0f);
    Random random(seed);
    erase(image.data(), size, 0.25, random);
    auto zeros = std::count(image.begin(), image.end(), 0.0f);
    erased += zeros > 0;
    EXPECT_LE(zeros, 0.4 * 1800);
    EXPECT_EQ(zeros % 3, 0);
  }
  EXPECT_NEAR(erased, 50, 30);
}

TEST(Augment, mixing_keeps_images_and_probabilities_in_step) {
  // Image i is filled with i + 1, so that its mean tells the shares.
  constexpr int64_t batch = 5, classes = 6;
  for (const char* how : {"mixup:0.5", "cutmix:1", "mixup:0.2,cutmix:1"}) {
    for (uint64_t seed = 0; seed < 50; ++seed) {
      std::vector<float> images, probabilities(batch * classes);
      std::vector<int32_t> labels;
      for (int i = 0; i < batch; ++i) {
        images.insert(images.end(), 64, static_cast<float>(i + 1));
        labels.push_back(i);
      }
      Random random(seed);
      mix(images, small, labels, classes, parse_augmentation(how), random, probabilities);
      for (int64_t i = 0; i < batch; ++i) {
        double mean =
            std::accumulate(images.begin() + i * 64, images.begin() + (i + 1) * 64, 0.0) / 64;
        double expected = 0, sum = 0;
        for (int64_t c = 0; c < classes; ++c) {
          double p = probabilities[static_cast<size_t>(i * classes + c)];
          expected += p * static_cast<double>(c + 1);
          sum += p;
        }
        EXPECT_NEAR(sum, 1, 1e-6);
        EXPECT_NEAR(mean, expected, 1e-5) << how << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace pullback
