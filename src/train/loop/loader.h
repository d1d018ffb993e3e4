#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "data/batcher.h"

namespace pullback {

/// Batches of consecutive steps, made ready by a thread of its own while the caller computes. A
/// batch depends on (seed, step) alone.
class BatchLoader {
 public:
  struct Batch {
    std::vector<float> images;  ///< [batch, height, width, channels], normalized
    std::vector<int32_t> labels;
  };

  /// Loads steps [begin, end). Throws Error if the batch does not fit the data set.
  BatchLoader(const Dataset& data, int64_t batch, uint64_t seed, Normalization normalization,
              int64_t begin, int64_t end);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The batch of the next step; valid until the following call.
  const Batch& next();

  /// Batches that are ready ahead of the caller at most.
  static constexpr int64_t slot_count = 4;

 private:
  void work();
  void prepare(int64_t step, Batch& batch);

  const Dataset& data_;
  Batcher batcher_;
  Normalization normalization_;
  const int64_t begin_, end_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Batch, slot_count> slots_;  ///< step s is in slot s mod slot_count
  int64_t ready_;                        ///< steps before this one are in their slots
  int64_t taken_;                        ///< steps before this one were handed out
  bool stop_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace pullback
