#pragma once

#include <string>
#include <vector>

#include "nn/layers.h"

namespace pullback {

/// The shape of one image.
struct ImageShape {
  int64_t height = 0, width = 0, channels = 0;
  bool operator==(const ImageShape&) const = default;
};

/// A classifier as its paper's table: images in, one logit per class out of the last layer, trained
/// by softmax cross-entropy.
struct Network {
  std::string name;
  std::string source;  ///< the paper and its table, or the file it was read from
  ImageShape input;
  int64_t classes = 10;
  Layers layers;
};

/// How the loss sees the labels. With soft labels they are a distribution over the classes for each
/// image, tensor<N x classes>; else one class. Smoothing s (Szegedy et al., arXiv:1512.00567) makes
/// of labels l the labels (1 - s) l + s / classes; 0: none. In training alone.
struct Labels {
  bool soft = false;
  Decimal smoothing = 0;
  bool operator==(const Labels&) const = default;
};

/// The network with another input size and another number of classes, which its last layer, a dense
/// one, gives; 0 leaves either as it is. Throws Error if the last layer is another.
Network resized(Network network, int64_t size, int64_t classes);

}  // namespace pullback
