#pragma once

#include <string>

#include "tensor/tensor.h"

namespace pullback::cli {

/// The elements in nested brackets, aligned, one row a line, each number in the fewest digits that
/// tell it from its neighbours. Of an axis of a tensor of more than 1000 elements only the first
/// and the last three are shown, with … between them.
std::string tensor_text(const Tensor& tensor);

/// "from -1.5 to 3, mean 0.25", with "; 2 NaN" if there are any; "" of no elements.
std::string range_text(const Tensor& tensor);

}  // namespace pullback::cli
