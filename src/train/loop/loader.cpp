#include "train/loop/loader.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"

namespace pullback {

namespace {

/// Rows [first, first + count) of `all`.
template <class T>
void keep_rows(std::vector<T>& values, size_t first, size_t count, size_t all) {
  const size_t row = values.size() / all;
  std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first * row), count * row,
              values.begin());
  values.resize(count * row);
}

}  // namespace

BatchLoader::BatchLoader(const Dataset& data, const Options& options, int64_t begin, int64_t end)
    : data_(data),
      options_(options),
      begin_(begin),
      end_(end),
      slots_(static_cast<size_t>(options.threads) + 3),
      claimed_(begin),
      taken_(begin) {
  Batcher batcher(data, options.batch, options.seed);
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
    std::exception_ptr failure;
    try {
      fill(batcher, step, slot(step).batch);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    slot(step).failure = failure;
    slot(step).ready = step;
    changed_.notify_all();
  }
}

/// Images are mixed with others of the whole batch; else the share alone is read.
void BatchLoader::fill(Batcher& batcher, int64_t step, Batch& batch) const {
  const int64_t steps = batcher.steps_per_epoch();
  const BatchPlace place{options_.seed, step / steps, step % steps};
  std::span<const int32_t> indices = batcher.indices(step);
  const size_t rows = indices.size() / static_cast<size_t>(options_.shares);
  const size_t first = rows * static_cast<size_t>(options_.share);
  const bool mixes = options_.augmentation.mixes();
  if (!mixes) indices = indices.subspan(first, rows);
  batch.images.resize(indices.size() * static_cast<size_t>(data_.image_size()));
  batch.labels.resize(indices.size());
  batch.probabilities.resize(mixes ? indices.size() * static_cast<size_t>(data_.classes) : 0);
  fill_training_batch(data_, indices, options_.augmentation, place, batch.images, batch.labels,
                      batch.probabilities);
  if (!mixes) return;
  keep_rows(batch.images, first, rows, indices.size());
  keep_rows(batch.labels, first, rows, indices.size());
  keep_rows(batch.probabilities, first, rows, indices.size());
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
