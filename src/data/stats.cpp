#include "data/stats.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "data/transform.h"

namespace pullback {

namespace {

/// Exact sums over pixels.
struct PixelSums {
  std::array<uint64_t, 3> sum{}, squares{};
  uint64_t count = 0;

  void add(const Picture& picture) {
    const uint8_t* p = picture.pixels.data();
    for (int64_t i = 0; i < picture.height * picture.width; ++i) {
      for (size_t c = 0; c < static_cast<size_t>(picture.channels); ++c, ++p) {
        sum[c] += *p;
        squares[c] += static_cast<uint64_t>(*p) * *p;
      }
    }
    count += static_cast<uint64_t>(picture.height * picture.width);
  }
  void add(const PixelSums& other) {
    for (size_t c = 0; c < 3; ++c) {
      sum[c] += other.sum[c];
      squares[c] += other.squares[c];
    }
    count += other.count;
  }
};

}  // namespace

Normalization measure_normalization(const Dataset& data, int64_t most, int threads) {
  if (data.count == 0) throw Error("there are no pictures to measure");
  const int64_t chosen = std::min(most, data.count);
  PixelSums total;
  std::mutex mutex;
  std::exception_ptr failure;
  parallel(threads, [&](const Team& team) {
    PixelSums sums;
    Picture scratch;
    std::exception_ptr own;
    try {
      for (int64_t i = team.begin(chosen); i < team.end(chosen); ++i) {
        sums.add(centred(data.picture(i * data.count / chosen, scratch), data.size()));
      }
    } catch (...) {
      own = std::current_exception();
    }
    std::lock_guard lock(mutex);
    total.add(sums);
    if (own) failure = own;
  });
  if (failure) std::rethrow_exception(failure);
  Normalization result;
  for (size_t c = 0; c < static_cast<size_t>(data.channels); ++c) {
    double n = static_cast<double>(total.count);
    double mean = static_cast<double>(total.sum[c]) / n;
    double variance = static_cast<double>(total.squares[c]) / n - mean * mean;
    result.mean[c] = static_cast<float>(mean / 255);
    // A channel of one value stays as it is but for its mean.
    result.deviation[c] = variance > 0 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0f;
  }
  return result;
}

}  // namespace pullback
