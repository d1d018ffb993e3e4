#include "cli/data_rate.h"

#include <chrono>

namespace pullback::cli {

LoaderRate measure_loader(const Dataset& data, const BatchLoader::Options& options,
                          double seconds) {
  using Clock = std::chrono::steady_clock;
  BatchLoader loader(data, options, 0, int64_t{1} << 40);
  // What the loader did ahead, before the first call, does not count.
  for (int i = 0; i < options.threads + 3; ++i) loader.next();
  LoaderRate rate;
  const auto start = Clock::now();
  while (rate.seconds < seconds) {
    loader.next();
    rate.images += options.batch;
    rate.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return rate;
}

}  // namespace pullback::cli
