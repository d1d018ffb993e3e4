#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "data/batcher.h"
#include "data/training.h"

namespace pullback {

/// Batches of consecutive steps, made ready by threads of their own while the caller computes. A
/// batch depends on (seed, step) alone.
class BatchLoader {
 public:
  struct Options {
    int64_t batch = 1;
    uint64_t seed = 1;
    Augmentation augmentation;
    int threads = 1;
    int share = 0, shares = 1;  ///< of the batch, along the first axis: what this process computes
  };
  struct Batch {
    std::vector<float> images;  ///< [batch / shares, height, width, channels], normalized
    std::vector<int32_t> labels;
    std::vector<float>
        probabilities;  ///< [batch / shares, classes] if the augmentation mixes, else none
  };

  /// Loads steps [begin, end). Throws Error if the batch does not fit the data set; it is a
  /// multiple of the shares.
  BatchLoader(const Dataset& data, const Options& options, int64_t begin, int64_t end);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /// The batch of the next step; valid until the following call. Throws the Error of its first
  /// picture that cannot be decoded.
  const Batch& next();

  /// Threads that suit: decoding and augmentation take several.
  static int suitable_threads(const Dataset& data, const Augmentation& augmentation);

 private:
  struct Slot {
    Batch batch;
    int64_t ready = -1;  ///< the step whose batch is there
    std::exception_ptr failure;
  };
  void work(Batcher batcher);
  void fill(Batcher& batcher, int64_t step, Batch& batch) const;
  bool may_begin(int64_t step) const;
  Slot& slot(int64_t step) { return slots_[static_cast<size_t>(step) % slots_.size()]; }

  const Dataset& data_;
  const Options options_;
  const int64_t begin_, end_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;  ///< step s is in slot s mod their number
  int64_t claimed_;          ///< steps before this one are someone's work
  int64_t taken_;            ///< steps before this one were handed out
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pullback
