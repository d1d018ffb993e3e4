#include "data/batcher.h"

#include <exception>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/transform.h"

namespace pullback {

namespace {

void fill_image(const Dataset& data, int64_t index, Picture& scratch, float* image) {
  PictureView picture = data.picture(index, scratch);
  if (picture.height == data.height && picture.width == data.width) {
    normalize(picture, data.normalization, image);
  } else {
    normalize(centred(picture, data.size()).view(), data.normalization, image);
  }
}

}  // namespace

void fill_batch(const Dataset& data, std::span<const int32_t> indices, float* images,
                int32_t* labels, int threads) {
  const auto count = static_cast<int64_t>(indices.size());
  std::vector<std::exception_ptr> failures(indices.size());
  parallel(threads, [&](const Team& team) {
    Picture scratch;
    for (int64_t i = team.begin(count); i < team.end(count); ++i) {
      auto at = static_cast<size_t>(i);
      labels[i] = data.labels[static_cast<size_t>(indices[at])];
      try {
        fill_image(data, indices[at], scratch, images + i * data.image_size());
      } catch (...) {
        failures[at] = std::current_exception();
      }
    }
  });
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

Batcher::Batcher(const Dataset& data, int64_t batch, uint64_t seed)
    : count_(data.count), batch_(batch), seed_(seed), order_(static_cast<size_t>(data.count)) {
  if (batch < 1 || batch > data.count) {
    throw Error("the batch size is " + std::to_string(batch) + "; it must be between 1 and the " +
                std::to_string(data.count) + " images there are");
  }
}

void Batcher::shuffle(int64_t epoch) {
  std::iota(order_.begin(), order_.end(), 0);
  Random random(seed_, "epoch " + std::to_string(epoch));
  for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  epoch_ = epoch;
}

std::span<const int32_t> Batcher::indices(int64_t step) {
  int64_t epoch = step / steps_per_epoch();
  if (epoch != epoch_) shuffle(epoch);
  size_t first = static_cast<size_t>(step % steps_per_epoch() * batch_);
  return std::span(order_).subspan(first, static_cast<size_t>(batch_));
}

}  // namespace pullback
