#pragma once

#include "data/picture.h"

namespace pullback {

/// The picture at another size, bilinear with antialiasing, bit for bit as Pillow's
/// resize(BILINEAR) and so torchvision's of Pillow's images: a triangle filter whose support grows
/// with the reduction, columns first, each pass rounded to 8 bits.
Picture resize(const PictureView& picture, int64_t height, int64_t width);

/// The size at which the shorter side is `side`, the longer one's fraction cut off.
Box size_with_shorter_side(int64_t height, int64_t width, int64_t side);

/// The box of height × width in the middle of a picture.
Box centre_box(const PictureView& picture, int64_t height, int64_t width);

}  // namespace pullback
