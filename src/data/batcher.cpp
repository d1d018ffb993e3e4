#include "data/batcher.h"

#include <array>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace pullback {

void fill_batch(const Dataset& data, std::span<const int32_t> indices, Normalization normalization,
                float* images, int32_t* labels) {
  std::array<float, 256> table;
  for (size_t p = 0; p < table.size(); ++p) {
    table[p] = (static_cast<float>(p) / 255.0f - normalization.mean) / normalization.deviation;
  }
  for (int32_t index : indices) {
    const uint8_t* pixels = data.image(index);
    for (int64_t i = 0; i < data.image_size(); ++i) *images++ = table[pixels[i]];
    *labels++ = data.labels[static_cast<size_t>(index)];
  }
}

Batcher::Batcher(const Dataset& data, int64_t batch, uint64_t seed)
    : data_(data), batch_(batch), seed_(seed), order_(static_cast<size_t>(data.count)) {
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
