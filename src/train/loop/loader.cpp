#include "train/loop/loader.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"

namespace pullback {

BatchLoader::BatchLoader(const Dataset& data, const Options& options, int64_t begin, int64_t end)
    : data_(data),
      options_(options),
      begin_(begin),
      end_(end),
      slots_(static_cast<size_t>(options.threads) + 3),
      claimed_(begin),
      taken_(begin) {
  Batcher batcher(data, options.batch, options.seed);
  for (Slot& slot : slots_) {
    slot.batch.images.resize(static_cast<size_t>(options.batch * data.image_size()));
    slot.batch.labels.resize(static_cast<size_t>(options.batch));
    if (options.augmentation.mixes()) {
      slot.batch.probabilities.resize(static_cast<size_t>(options.batch * data.classes));
    }
  }
  for (int i = 0; i < options.threads; ++i)
    threads_.emplace_back([this, batcher] { work(batcher); });
}

BatchLoader::~BatchLoader() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

int BatchLoader::suitable_threads(const Dataset& data, const Augmentation& augmentation) {
  return data.source || augmentation != Augmentation{} ? std::clamp(hardware_threads() / 2, 1, 16)
                                                       : 1;
}

/// The slot's former batch is free once the one after it has been handed out.
bool BatchLoader::may_begin(int64_t step) const {
  auto slots = static_cast<int64_t>(slots_.size());
  return taken_ > step - slots + 1 || step < begin_ + slots;
}

void BatchLoader::work(Batcher batcher) {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || claimed_ >= end_ || may_begin(claimed_); });
    if (stop_ || claimed_ >= end_) return;
    const int64_t step = claimed_++;
    lock.unlock();
    Batch& batch = slot(step).batch;
    std::exception_ptr failure;
    try {
      const int64_t steps = batcher.steps_per_epoch();
      fill_training_batch(data_, batcher.indices(step), options_.augmentation,
                          {options_.seed, step / steps, step % steps}, batch.images, batch.labels,
                          batch.probabilities);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    slot(step).failure = failure;
    slot(step).ready = step;
    changed_.notify_all();
  }
}

const BatchLoader::Batch& BatchLoader::next() {
  std::unique_lock lock(mutex_);
  int64_t step = taken_++;
  PULLBACK_CHECK(step < end_, "a batch beyond the last step");
  changed_.notify_all();
  changed_.wait(lock, [&] { return slot(step).ready == step; });
  if (slot(step).failure) std::rethrow_exception(slot(step).failure);
  return slot(step).batch;
}

}  // namespace pullback
