#pragma once

#include <span>

#include "data/augment.h"
#include "data/dataset.h"

namespace pullback {

/// Which batch of which epoch of a run.
struct BatchPlace {
  uint64_t seed = 0;
  int64_t epoch = 0, number = 0;
};

/// A batch for training: images [batch, height, width, channels], labels and, if the augmentation
/// mixes, probabilities [batch, classes]. What happens to an image is a function of (seed, epoch,
/// image), how a batch is mixed one of (seed, epoch, number). Throws Error of the first picture
/// that cannot be decoded.
void fill_training_batch(const Dataset& data, std::span<const int32_t> indices,
                         const Augmentation& how, const BatchPlace& place, std::span<float> images,
                         std::span<int32_t> labels, std::span<float> probabilities);

}  // namespace pullback
