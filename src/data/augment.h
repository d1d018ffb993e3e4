#pragma once

#include <span>
#include <string>

#include "base/random.h"
#include "data/dataset.h"

namespace pullback {

/// What is done to training images. As text (--augment): "none", or names with numbers, e.g.
/// "resized-crop:0.35,flip,jitter:0.4,erase:0.25,mixup:0.2". Done in the order of the fields here.
struct Augmentation {
  /// resized-crop:S: a part of S to all of the area, its ratio of 3/4 to 4/3, brought to the
  /// network's size (Szegedy et al., arXiv:1409.4842). Otherwise the picture is as in evaluation.
  double resized_crop = 0;
  /// crop:N: N black pixels on every side, and a part of the network's size out of it at random.
  int64_t crop = 0;
  /// flip: left to right, every other image.
  bool flip = false;
  /// randaugment:N:M: N operations of magnitude M, of 0 … 30 (Cubuk et al., arXiv:1909.13719).
  int64_t randaugment = 0, magnitude = 9;
  /// jitter:J: brightness, contrast and saturation by factors of 1-J … 1+J, in any order.
  double jitter = 0;
  /// erase:P: with probability P a box of 2 to 33 % of the area becomes the data's mean (Zhong et
  /// al., arXiv:1708.04896).
  double erase = 0;
  /// mixup:A: λ x + (1-λ) x', labels alike, λ of Beta(A, A), x' the image before it in the batch
  /// (Zhang et al., arXiv:1710.09412).
  double mixup = 0;
  /// cutmix:A: a box of x' instead, λ the share of x that is left (Yun et al., arXiv:1905.04899).
  /// With mixup as well, each batch has one of the two.
  double cutmix = 0;

  /// Whether labels become probabilities.
  bool mixes() const { return mixup > 0 || cutmix > 0; }
  std::string text() const;
  bool operator==(const Augmentation&) const = default;
};

/// Throws Error that names the part that is wrong and lists what there is.
Augmentation parse_augmentation(const std::string& text);

/// What suits images of that size unless one says otherwise: nothing for grey ones, crop and flip
/// up to 40 pixels, a resized crop and flip above.
Augmentation usual_augmentation(const ImageSize& size);

/// The picture as `random` changes it, of the network's size: everything but erasing and mixing.
Picture augment(const PictureView& picture, const ImageSize& size, const Augmentation& how,
                Random& random);

/// Erases a box of a normalised image, or nothing, as `random` says.
void erase(float* image, const ImageSize& size, double probability, Random& random);

/// Mixes a batch of normalised images; writes the probabilities [batch, classes] of its labels.
void mix(std::span<float> images, const ImageSize& size, std::span<const int32_t> labels,
         int64_t classes, const Augmentation& how, Random& random, std::span<float> probabilities);

}  // namespace pullback
