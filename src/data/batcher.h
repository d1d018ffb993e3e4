#pragma once

#include <span>

#include "data/dataset.h"

namespace pullback {

/// Writes images of the data set, as in evaluation (transform.h), into a batch of floats [batch,
/// height, width, channels] and labels, on `threads` threads. Throws Error of the first picture
/// that cannot be decoded.
void fill_batch(const Dataset& data, std::span<const int32_t> indices, float* images,
                int32_t* labels, int threads = 1);

/// Batches of shuffled epochs. The order of an epoch depends on (seed, epoch) alone; an incomplete
/// last batch is left out.
class Batcher {
 public:
  /// Throws Error if the batch is larger than the data set or not positive.
  Batcher(const Dataset& data, int64_t batch, uint64_t seed);

  int64_t steps_per_epoch() const { return count_ / batch_; }
  /// The images of step `step`, counted over all epochs.
  std::span<const int32_t> indices(int64_t step);

 private:
  void shuffle(int64_t epoch);

  int64_t count_, batch_;
  uint64_t seed_;
  int64_t epoch_ = -1;
  std::vector<int32_t> order_;
};

}  // namespace pullback
