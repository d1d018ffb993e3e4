#pragma once

#include <cstdint>
#include <string_view>

namespace pullback {

/// A counter-based generator (SplitMix64: Steele, Lea, Flood, OOPSLA 2014): number k of a stream is
/// a hash of (seed, stream, k), so streams are independent of one another and of the threads that
/// draw them.
class Random {
 public:
  explicit Random(uint64_t seed, std::string_view stream = "", uint64_t counter = 0);

  /// 64 random bits.
  uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform in 0 … bound - 1; bound > 0.
  uint64_t below(uint64_t bound);
  /// Standard normal (Box and Muller 1958).
  double normal();

  /// How many numbers were drawn; with the seed and the stream it is the generator's whole state.
  uint64_t counter() const { return counter_; }

 private:
  uint64_t key_;
  uint64_t counter_;
};

}  // namespace pullback
