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
  std::vector<Layer> layers;
};

}  // namespace pullback
