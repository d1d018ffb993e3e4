#pragma once

#include <span>
#include <string>

#include "data/dataset.h"

namespace pullback {

/// A PNG of a digit as MNIST would have it: one 28×28 grey image, white on black, label -1. The
/// picture is turned to grey, put on white where it is transparent, inverted if its border is
/// brighter than its middle grey (dark ink on light paper), made square with its border's colour,
/// and scaled by averaging areas. Throws Error naming the file if it is no PNG that can be read or
/// exceeds 16384 pixels a side.
Dataset read_digit_png(const std::string& path);

/// Decodes a PNG of any kind to 1 (grey) or 3 (RGB) channels, on white where it is transparent.
/// Throws Error that begins with `name` if it is no PNG that can be read or too large.
Picture decode_png(std::span<const uint8_t> bytes, int64_t channels, const std::string& name);

/// The picture, of 1 or 3 channels, as a PNG file's bytes.
std::string encode_png(const PictureView& picture);

}  // namespace pullback
