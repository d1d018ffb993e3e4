#pragma once

#include <span>
#include <utility>

#include "data/dataset.h"

namespace pullback {

/// The images at these indices, in this order.
Dataset subset(const Dataset& data, std::span<const int64_t> indices);

/// What is left for training, and for validation a share of each class drawn by the seed (one image
/// at least of each class that has two).
std::pair<Dataset, Dataset> hold_out(const Dataset& data, double share, uint64_t seed);

}  // namespace pullback
