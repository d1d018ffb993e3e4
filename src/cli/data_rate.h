#pragma once

#include <cstdint>

#include "train/loop/loader.h"

namespace pullback::cli {

/// Images that a loader made ready while nothing else ran.
struct LoaderRate {
  int64_t images = 0;
  double seconds = 0;
  double per_second() const { return static_cast<double>(images) / seconds; }
};

/// Batches as a run's steps take them, for at least so long.
LoaderRate measure_loader(const Dataset& data, const BatchLoader::Options& options, double seconds);

}  // namespace pullback::cli
