#include "data/batcher.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "tests/temporary_folder.h"

namespace pullback {
namespace {

/// `count` images of one pixel, whose value and label tell their index.
Dataset numbered(int64_t count) {
  Dataset data;
  data.count = count;
  data.height = data.width = 1;
  for (int64_t i = 0; i < count; ++i) {
    data.pixels.push_back(static_cast<uint8_t>(i));
    data.labels.push_back(static_cast<int32_t>(i % 10));
  }
  return data;
}

std::vector<int32_t> batch(Batcher& batcher, int64_t step) {
  std::span<const int32_t> indices = batcher.indices(step);
  return {indices.begin(), indices.end()};
}

TEST(Batcher, an_epoch_visits_each_image_once_but_for_an_incomplete_batch) {
  Dataset data = numbered(103);
  Batcher batcher(data, 10, 1);
  EXPECT_EQ(batcher.steps_per_epoch(), 10);
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::set<int32_t> seen;
    for (int64_t s = 0; s < 10; ++s) {
      for (int32_t index : batch(batcher, epoch * 10 + s)) {
        EXPECT_TRUE(index >= 0 && index < 103);
        EXPECT_TRUE(seen.insert(index).second);
      }
    }
    EXPECT_EQ(seen.size(), 100u);
  }
}

TEST(Batcher, a_batch_depends_on_seed_and_step_alone) {
  Dataset data = numbered(50);
  Batcher forwards(data, 7, 3), backwards(data, 7, 3);
  std::vector<std::vector<int32_t>> batches;
  for (int64_t s = 0; s < 30; ++s) batches.push_back(batch(forwards, s));
  for (int64_t s = 29; s >= 0; --s) EXPECT_EQ(batch(backwards, s), batches[static_cast<size_t>(s)]);
}

TEST(Batcher, epochs_and_seeds_differ) {
  Dataset data = numbered(50);
  Batcher one(data, 50, 1), two(data, 50, 2);
  EXPECT_NE(batch(one, 0), batch(one, 1));
  EXPECT_NE(batch(one, 0), batch(two, 0));
}

TEST(Batcher, a_batch_size_that_cannot_be_is_refused) {
  Dataset data = numbered(50);
  expect_error([&] { Batcher(data, 0, 1); }, "batch size is 0", "between 1 and the 50");
  expect_error([&] { Batcher(data, 51, 1); }, "batch size is 51", "between 1 and the 50");
}

TEST(Batcher, every_image_is_equally_likely_at_every_place) {
  Dataset data = numbered(4);
  Batcher batcher(data, 4, 5);
  int counts[4][4] = {};
  constexpr int epochs = 8000;
  for (int e = 0; e < epochs; ++e) {
    std::vector<int32_t> order = batch(batcher, e);
    for (size_t i = 0; i < 4; ++i) ++counts[i][order[i]];
  }
  // Five standard deviations of a binomial count with p = 1/4.
  for (auto& row : counts) {
    for (int count : row) EXPECT_NEAR(count, epochs / 4, 194);
  }
}

TEST(Batcher, fill_batch_normalises_pixels) {
  Dataset data = numbered(256);
  const int32_t indices[] = {255, 0, 51};
  float images[3];
  int32_t labels[3];
  data.normalization = Normalization::grey(0.5f, 0.25f);
  fill_batch(data, indices, images, labels);
  EXPECT_FLOAT_EQ(images[0], 2);
  EXPECT_FLOAT_EQ(images[1], -2);
  EXPECT_FLOAT_EQ(images[2], -1.2f);
  EXPECT_EQ(std::vector<int32_t>(labels, labels + 3), (std::vector<int32_t>{5, 0, 1}));
}

}  // namespace
}  // namespace pullback
