#include "train/loop/loader.h"

#include <gtest/gtest.h>

#include "tests/train/loop/small_run.h"

namespace pullback {
namespace {

TEST(BatchLoader, gives_the_batch_of_each_step_in_order) {
  Dataset data = small_data(37, 1);
  Batcher batcher(data, 5, 9);
  data.normalization = Normalization::grey(0.5f, 2);
  for (int64_t begin : {0, 3, 8}) {
    BatchLoader loader(data, 5, 9, begin, 23, begin == 3 ? 3 : 1);
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
    BatchLoader loader(data, 4, 1, 0, 1000);
    for (int i = 0; i < taken; ++i) loader.next();
  }
}

TEST(BatchLoader, may_have_nothing_to_load) {
  Dataset data = small_data(16, 1);
  BatchLoader loader(data, 4, 1, 7, 7);
}

TEST(BatchLoader, rejects_a_batch_beyond_the_data) {
  Dataset data = small_data(16, 1);
  EXPECT_THROW(BatchLoader(data, 17, 1, 0, 1), Error);
}

}  // namespace
}  // namespace pullback
