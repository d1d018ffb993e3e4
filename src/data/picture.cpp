#include "data/picture.h"

namespace pullback {

Picture to_grey(const PictureView& rgb) {
  Picture grey(rgb.height, rgb.width, 1);
  for (int64_t y = 0; y < rgb.height; ++y) {
    for (int64_t x = 0; x < rgb.width; ++x) {
      const uint8_t* p = rgb.at(y, x);
      *grey.at(y, x) = static_cast<uint8_t>((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000);
    }
  }
  return grey;
}

}  // namespace pullback
