#include "data/training.h"

#include "data/batcher.h"
#include "data/transform.h"

namespace pullback {

namespace {

Random stream(const BatchPlace& place, const char* what, int64_t number) {
  return Random(place.seed, std::string(what) + " " + std::to_string(place.epoch) + " " +
                                std::to_string(number));
}

}  // namespace

void fill_training_batch(const Dataset& data, std::span<const int32_t> indices,
                         const Augmentation& how, const BatchPlace& place, std::span<float> images,
                         std::span<int32_t> labels, std::span<float> probabilities) {
  if (how == Augmentation{}) return fill_batch(data, indices, images.data(), labels.data());
  Picture scratch;
  for (size_t i = 0; i < indices.size(); ++i) {
    Random random = stream(place, "augment", indices[i]);
    Picture picture = augment(data.picture(indices[i], scratch), data.size(), how, random);
    float* image = images.data() + static_cast<int64_t>(i) * data.image_size();
    normalize(picture.view(), data.normalization, image);
    if (how.erase > 0) erase(image, data.size(), how.erase, random);
    labels[i] = data.labels[static_cast<size_t>(indices[i])];
  }
  if (!how.mixes()) return;
  Random random = stream(place, "mix", place.number);
  mix(images, data.size(), labels, data.classes, how, random, probabilities);
}

}  // namespace pullback
