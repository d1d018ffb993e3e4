#pragma once

#include <string>

#include "data/dataset.h"

namespace pullback {

/// A PNG of a digit as MNIST would have it: one 28×28 grey image, white on black, label -1. The
/// picture is turned to grey, put on white where it is transparent, inverted if its border is
/// brighter than its middle grey (dark ink on light paper), made square with its border's colour,
/// and scaled by averaging areas. Throws Error naming the file if it is no PNG that can be read or
/// exceeds 16384 pixels a side.
Dataset read_digit_png(const std::string& path);

}  // namespace pullback
