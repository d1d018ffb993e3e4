#include "data/transform.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/resize.h"

namespace pullback {

Picture centred(const PictureView& picture, const ImageSize& size) {
  if (picture.height == size.height && picture.width == size.width) {
    return resize(picture, size.height, size.width);
  }
  auto side = static_cast<int64_t>(
      std::lround(static_cast<double>(std::max(size.height, size.width)) / 0.875));
  Box whole = size_with_shorter_side(picture.height, picture.width, side);
  Picture resized = resize(picture, whole.height, whole.width);
  PictureView middle = resized.view().crop(centre_box(resized.view(), size.height, size.width));
  return resize(middle, size.height, size.width);
}

void normalize(const PictureView& picture, const Normalization& normalization, float* numbers) {
  std::array<std::array<float, 256>, 3> table;
  for (size_t c = 0; c < static_cast<size_t>(picture.channels); ++c) {
    for (size_t p = 0; p < 256; ++p) {
      table[c][p] =
          (static_cast<float>(p) / 255.0f - normalization.mean[c]) / normalization.deviation[c];
    }
  }
  for (int64_t y = 0; y < picture.height; ++y) {
    const uint8_t* p = picture.at(y, 0);
    for (int64_t x = 0; x < picture.width; ++x) {
      for (size_t c = 0; c < static_cast<size_t>(picture.channels); ++c) {
        *numbers++ = table[c][*p++];
      }
    }
  }
}

}  // namespace pullback
