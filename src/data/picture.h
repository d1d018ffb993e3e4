#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pullback {

/// A part of a picture, in pixels.
struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;
};

/// Pixels [height, width, channels], 0 … 255, that belong to someone else; rows begin `stride`
/// bytes apart.
struct PictureView {
  int64_t height = 0, width = 0, channels = 0, stride = 0;
  const uint8_t* pixels = nullptr;

  const uint8_t* at(int64_t y, int64_t x) const { return pixels + y * stride + x * channels; }
  Box whole() const { return {.height = height, .width = width}; }
  /// The box must lie within the picture.
  PictureView crop(const Box& box) const {
    return {box.height, box.width, channels, stride, at(box.top, box.left)};
  }
};

/// A picture with its pixels [height, width, channels].
struct Picture {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;

  Picture() = default;
  Picture(int64_t h, int64_t w, int64_t c)
      : height(h), width(w), channels(c), pixels(static_cast<size_t>(h * w * c)) {}
  PictureView view() const { return {height, width, channels, width * channels, pixels.data()}; }
  uint8_t* at(int64_t y, int64_t x) { return pixels.data() + (y * width + x) * channels; }
};

/// Grey of an RGB picture, (299 r + 587 g + 114 b) / 1000 (ITU-R BT.601).
Picture to_grey(const PictureView& rgb);

/// Pictures larger than this, in either direction, are refused.
inline constexpr int64_t largest_side = 16384;

}  // namespace pullback
