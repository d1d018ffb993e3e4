#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pullback {

/// Labelled images in memory: pixels [count, height, width, channels], 0 … 255; labels 0 …
/// classes-1.
struct Dataset {
  int64_t count = 0, height = 0, width = 0, channels = 1;
  int64_t classes = 10;
  std::vector<uint8_t> pixels;
  std::vector<int32_t> labels;

  int64_t image_size() const { return height * width * channels; }
  const uint8_t* image(int64_t index) const { return pixels.data() + index * image_size(); }
};

}  // namespace pullback
