#include "data/mnist.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/batcher.h"

namespace pullback {
namespace {

const Dataset& training() {
  static const Dataset data = load_mnist(PULLBACK_ROOT "/data/mnist", Split::train);
  return data;
}

std::vector<int32_t> first_labels(const Dataset& data, int count) {
  return {data.labels.begin(), data.labels.begin() + count};
}

TEST(Mnist, has_its_digits) {
  Dataset test = load_mnist(PULLBACK_ROOT "/data/mnist", Split::test);
  EXPECT_EQ(training().count, 60000);
  EXPECT_EQ(test.count, 10000);
  for (const Dataset* data : {&training(), static_cast<const Dataset*>(&test)}) {
    EXPECT_EQ(data->image_size(), 28 * 28);
    EXPECT_EQ(static_cast<int64_t>(data->pixels.size()), data->count * 784);
    EXPECT_EQ(static_cast<int64_t>(data->labels.size()), data->count);
  }
  EXPECT_EQ(first_labels(training(), 8), (std::vector<int32_t>{5, 0, 4, 1, 9, 2, 1, 3}));
  EXPECT_EQ(first_labels(test, 8), (std::vector<int32_t>{7, 2, 1, 0, 4, 1, 4, 9}));
}

TEST(Mnist, normalization_is_that_of_the_training_pixels) {
  double sum = 0, squares = 0;
  for (uint8_t pixel : training().pixels) {
    sum += pixel / 255.0;
    squares += pixel / 255.0 * (pixel / 255.0);
  }
  double count = static_cast<double>(training().pixels.size());
  double mean = sum / count;
  EXPECT_NEAR(mean, mnist_normalization.mean[0], 5e-5);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), mnist_normalization.deviation[0], 5e-5);
}

}  // namespace
}  // namespace pullback
