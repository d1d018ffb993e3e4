#pragma once

#include <span>

#include "data/dataset.h"

namespace pullback {

/// How pixels become numbers: (pixel / 255 - mean) / deviation.
struct Normalization {
  float mean = 0, deviation = 1;
};

/// MNIST's training pixels have mean 0.1307 and standard deviation 0.3081.
inline constexpr Normalization mnist_normalization{.mean = 0.1307f, .deviation = 0.3081f};

/// Writes images of the data set into a batch of floats and labels.
void fill_batch(const Dataset& data, std::span<const int32_t> indices, Normalization normalization,
                float* images, int32_t* labels);

/// Batches of shuffled epochs. The order of an epoch depends on (seed, epoch) alone; an incomplete
/// last batch is left out.
class Batcher {
 public:
  /// Throws Error if the batch is larger than the data set or not positive.
  Batcher(const Dataset& data, int64_t batch, uint64_t seed);

  int64_t steps_per_epoch() const { return data_.count / batch_; }
  /// The images of step `step`, counted over all epochs.
  std::span<const int32_t> indices(int64_t step);

 private:
  void shuffle(int64_t epoch);

  const Dataset& data_;
  int64_t batch_;
  uint64_t seed_;
  int64_t epoch_ = -1;
  std::vector<int32_t> order_;
};

}  // namespace pullback
