#pragma once

#include "base/error.h"
#include "base/random.h"
#include "data/dataset.h"
#include "nn/network.h"
#include "train/loop/options.h"

/// A run that takes milliseconds.
namespace pullback {

/// 6×6 images whose class is where their bright half is, with noise.
inline Dataset small_data(int64_t count, uint64_t seed) {
  Dataset data;
  data.count = count;
  data.height = 6;
  data.width = 6;
  data.classes = 2;
  data.normalization = Normalization::grey(0.1307f, 0.3081f);
  Random random(seed);
  for (int64_t i = 0; i < count; ++i) {
    auto label = static_cast<int32_t>(random.below(2));
    data.labels.push_back(label);
    for (int p = 0; p < 36; ++p) {
      uint64_t bright = (p < 18) == (label == 0) ? 60 : 0;
      data.pixels.push_back(static_cast<uint8_t>(random.below(196) + bright));
    }
  }
  return data;
}

inline Network small_network() {
  return {.name = "small",
          .source = "a test",
          .input = {.height = 6, .width = 6, .channels = 1},
          .classes = 2,
          .layers = {Conv{.out = 2, .kernel = 3}, Relu{}, MaxPool{.window = 2}, Flatten{},
                     Dense{.out = 2}}};
}

/// 3 epochs of 70 steps.
inline TrainOptions small_options() {
  TrainOptions options;
  options.net = "small.toml";
  options.epochs = 3;
  options.batch = 2;
  options.threads = 1;
  options.backend = "interp";
  return options;
}

}  // namespace pullback
