#include "cli/data_rate.h"

#include <chrono>

#include "train/loop/loader.h"

namespace pullback::cli {

LoaderRate measure_loader(const Dataset& data, int64_t batch, int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  BatchLoader loader(data, batch, 1, 0, int64_t{1} << 40, threads);
  // What the loader did ahead, before the first call, does not count.
  for (int i = 0; i < threads + 3; ++i) loader.next();
  LoaderRate rate;
  const auto start = Clock::now();
  while (rate.seconds < seconds) {
    loader.next();
    rate.images += batch;
    rate.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return rate;
}

}  // namespace pullback::cli
