#pragma once

#include "data/dataset.h"

namespace pullback {

/// Mean and deviation of the pixels per channel, each picture as in evaluation, over `most`
/// pictures spread evenly over the data set (all, if there are no more). The same on any number of
/// threads.
Normalization measure_normalization(const Dataset& data, int64_t most, int threads);

/// Pictures that measure_normalization takes for a run.
inline constexpr int64_t pictures_to_measure = 1000;

}  // namespace pullback
