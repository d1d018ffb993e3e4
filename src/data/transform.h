#pragma once

#include "data/dataset.h"

namespace pullback {

/// The picture as a network sees it in evaluation: one of the network's size as it is; any other
/// with its shorter side brought to the network's size / 0.875, rounded, and cut to the middle (for
/// 224×224 a resize to 256 and a centre crop; Krizhevsky, Sutskever, Hinton, NIPS 2012).
Picture centred(const PictureView& picture, const ImageSize& size);

/// The pixels as numbers, [height, width, channels].
void normalize(const PictureView& picture, const Normalization& normalization, float* numbers);

}  // namespace pullback
