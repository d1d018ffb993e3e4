#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/picture.h"

namespace pullback {

/// Decodes a JPEG of any kind that libjpeg-turbo reads (baseline, progressive, grey, YCbCr, RGB,
/// CMYK, YCCK) to 1 (grey) or 3 (RGB) channels. CMYK becomes r = (255 - c) (255 - k) / 255, of
/// Adobe's inverted files as well. Throws Error that begins with `name` if the picture is no JPEG,
/// damaged, cut short, or larger than `largest_side`.
Picture decode_jpeg(std::span<const uint8_t> bytes, int64_t channels, const std::string& name);

/// Whether the bytes begin as a JPEG's do.
bool is_jpeg(std::span<const uint8_t> bytes);

}  // namespace pullback
