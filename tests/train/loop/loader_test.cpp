#include "train/loop/loader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/train/loop/small_run.h"

namespace pullback {
namespace {

TEST(BatchLoader, gives_the_batch_of_each_step_in_order) {
  Dataset data = small_data(37, 1);
  Batcher batcher(data, 5, 9);
  data.normalization = Normalization::grey(0.5f, 2);
  for (int64_t begin : {0, 3, 8}) {
    BatchLoader loader(data,
                       {.batch = 5, .seed = 9, .augmentation = {}, .threads = begin == 3 ? 3 : 1},
                       begin, 23);
    for (int64_t step = begin; step < 23; ++step) {
      const BatchLoader::Batch& batch = loader.next();
      std::vector<float> images(batch.images.size());
      std::vector<int32_t> labels(batch.labels.size());
      fill_batch(data, batcher.indices(step), images.data(), labels.data());
      EXPECT_EQ(batch.images, images) << step;
      EXPECT_EQ(batch.labels, labels) << step;
    }
  }
}

TEST(BatchLoader, stops_when_it_is_not_used_up) {
  Dataset data = small_data(16, 1);
  for (int taken = 0; taken < 4; ++taken) {
    BatchLoader loader(data, {.batch = 4, .augmentation = {}}, 0, 1000);
    for (int i = 0; i < taken; ++i) loader.next();
  }
}

TEST(BatchLoader, an_image_changes_by_seed_epoch_and_image_alone) {
  // Of 16 images, batches of 4 and of 8: each image is the same in both, whatever its place.
  Dataset data = small_data(16, 1);
  Augmentation how = parse_augmentation("crop:2,flip,jitter:0.3,erase:0.5");
  std::vector<std::vector<float>> images[2];
  for (int64_t batch : {4, 8}) {
    BatchLoader loader(data, {.batch = batch, .seed = 3, .augmentation = how, .threads = 2}, 0,
                       32 / batch);
    for (int64_t step = 0; step < 32 / batch; ++step) {
      const BatchLoader::Batch& b = loader.next();
      for (int64_t i = 0; i < batch; ++i) {
        auto begin = b.images.begin() + i * 36;
        images[batch / 8].emplace_back(begin, begin + 36);
      }
    }
  }
  EXPECT_EQ(images[0], images[1]);
  std::vector<std::vector<float>> epoch(images[0].begin(), images[0].begin() + 16);
  std::sort(epoch.begin(), epoch.end());
  std::vector<std::vector<float>> next(images[0].begin() + 16, images[0].end());
  std::sort(next.begin(), next.end());
  EXPECT_NE(epoch, next);
}

TEST(BatchLoader, mixed_labels_are_probabilities) {
  Dataset data = small_data(16, 1);
  BatchLoader::Options options{.batch = 8, .augmentation = parse_augmentation("mixup:1")};
  BatchLoader first(data, options, 0, 4), again(data, options, 2, 4);
  for (int64_t step = 0; step < 4; ++step) {
    const BatchLoader::Batch& batch = first.next();
    ASSERT_EQ(batch.probabilities.size(), 16u);
    for (size_t i = 0; i < 8; ++i) {
      EXPECT_NEAR(batch.probabilities[2 * i] + batch.probabilities[2 * i + 1], 1, 1e-6);
    }
    if (step < 2) continue;
    const BatchLoader::Batch& other = again.next();
    EXPECT_EQ(batch.images, other.images);
    EXPECT_EQ(batch.probabilities, other.probabilities);
  }
}

TEST(BatchLoader, may_have_nothing_to_load) {
  Dataset data = small_data(16, 1);
  BatchLoader loader(data, {.batch = 4, .augmentation = {}}, 7, 7);
}

TEST(BatchLoader, rejects_a_batch_beyond_the_data) {
  Dataset data = small_data(16, 1);
  EXPECT_THROW(BatchLoader(data, {.batch = 17, .augmentation = {}}, 0, 1), Error);
}

}  // namespace
}  // namespace pullback
