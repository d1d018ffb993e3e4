#include "train/loop/loader.h"

#include "base/check.h"

namespace pullback {

BatchLoader::BatchLoader(const Dataset& data, int64_t batch, uint64_t seed,
                         Normalization normalization, int64_t begin, int64_t end)
    : data_(data),
      batcher_(data, batch, seed),
      normalization_(normalization),
      begin_(begin),
      end_(end),
      ready_(begin),
      taken_(begin) {
  for (Batch& slot : slots_) {
    slot.images.resize(static_cast<size_t>(batch * data.image_size()));
    slot.labels.resize(static_cast<size_t>(batch));
  }
  thread_ = std::thread([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchLoader::prepare(int64_t step, Batch& batch) {
  fill_batch(data_, batcher_.indices(step), normalization_, batch.images.data(),
             batch.labels.data());
}

void BatchLoader::work() {
  for (int64_t step = begin_; step < end_; ++step) {
    {
      // The slot's former batch is free once the one after it has been handed out.
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return stop_ || taken_ > step - slot_count + 1 || step < begin_ + slot_count;
      });
      if (stop_) return;
    }
    try {
      prepare(step, slots_[static_cast<size_t>(step % slot_count)]);
    } catch (...) {
      std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    std::lock_guard lock(mutex_);
    ready_ = step + 1;
    changed_.notify_all();
  }
}

const BatchLoader::Batch& BatchLoader::next() {
  std::unique_lock lock(mutex_);
  int64_t step = taken_++;
  PULLBACK_CHECK(step < end_, "a batch beyond the last step");
  changed_.notify_all();
  changed_.wait(lock, [&] { return failure_ || ready_ > step; });
  if (ready_ <= step) std::rethrow_exception(failure_);
  return slots_[static_cast<size_t>(step % slot_count)];
}

}  // namespace pullback
