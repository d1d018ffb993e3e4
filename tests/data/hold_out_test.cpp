#include "data/hold_out.h"

#include <gtest/gtest.h>

#include <set>

namespace pullback {
namespace {

/// `count` images of one pixel, its index, of three classes; the last has one image.
Dataset numbered(int64_t count) {
  Dataset data;
  data.count = count;
  data.height = data.width = 1;
  data.classes = 3;
  for (int64_t i = 0; i < count; ++i) {
    data.pixels.push_back(static_cast<uint8_t>(i));
    data.labels.push_back(i == 7 ? 2 : static_cast<int32_t>(i % 2));
  }
  return data;
}

TEST(HoldOut, takes_the_share_of_each_class_by_the_seed) {
  Dataset data = numbered(101);
  auto [training, validation] = hold_out(data, 0.2, 1);
  EXPECT_EQ(training.count + validation.count, 101);
  EXPECT_EQ(validation.count, 10 + 9);
  std::set<uint8_t> seen(training.pixels.begin(), training.pixels.end());
  for (int64_t i = 0; i < validation.count; ++i) {
    EXPECT_TRUE(seen.insert(validation.pixels[static_cast<size_t>(i)]).second);
    EXPECT_EQ(validation.labels[static_cast<size_t>(i)], *validation.image(i) % 2);
  }
  EXPECT_EQ(seen.size(), 101u);
  EXPECT_EQ(hold_out(data, 0.2, 1).second.pixels, validation.pixels);
  EXPECT_NE(hold_out(data, 0.2, 2).second.pixels, validation.pixels);
  EXPECT_EQ(hold_out(data, 0.001, 1).second.count, 2) << "one of each class that has two";
}

}  // namespace
}  // namespace pullback
