#pragma once

#include <cstdint>

namespace pullback {

/// A float of 16 bits: sign, exponent, mantissa, as IEEE 754 lays them out. It is for storage;
/// arithmetic is done in a wider type and rounded.
template <int exponent_bits, int mantissa_bits>
class SmallFloat {
 public:
  SmallFloat() = default;
  /// The nearest value, ties to even; beyond the largest ±inf.
  explicit SmallFloat(double value);
  /// Exact.
  explicit operator double() const;
  bool operator==(const SmallFloat&) const = default;  // of the bits

 private:
  uint16_t bits_ = 0;
};

using Half = SmallFloat<5, 10>;
using BFloat16 = SmallFloat<8, 7>;

}  // namespace pullback
