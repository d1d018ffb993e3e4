#include "tensor/small_float.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pullback {

// The value of the bits (sign, e, m) is ±2^(e - bias - mantissa_bits) · (2^mantissa_bits + m), or
// ±2^(1 - bias - mantissa_bits) · m if e = 0.

template <int exponent_bits, int mantissa_bits>
SmallFloat<exponent_bits, mantissa_bits>::SmallFloat(double value) {
  constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  constexpr uint32_t infinity = ((1U << exponent_bits) - 1) << mantissa_bits;
  uint32_t sign = std::signbit(value) ? 0x8000U : 0U, bits = infinity;
  double size = std::abs(value);
  if (std::isnan(value)) {
    bits = infinity | 1U << (mantissa_bits - 1);
  } else if (size == 0) {
    bits = 0;
  } else if (size < std::ldexp(1.0, bias + 1)) {
    int exponent = std::max(std::ilogb(size), 1 - bias);
    auto mantissa =
        static_cast<uint32_t>(std::nearbyint(std::ldexp(size, mantissa_bits - exponent)));
    // The mantissa's leading one, and a carry out of it, count in the exponent.
    bits = (static_cast<uint32_t>(exponent + bias - 1) << mantissa_bits) + mantissa;
  }
  bits_ = static_cast<uint16_t>(sign | std::min(bits, std::isnan(value) ? bits : infinity));
}

template <int exponent_bits, int mantissa_bits>
SmallFloat<exponent_bits, mantissa_bits>::operator double() const {
  constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  constexpr int top = (1 << exponent_bits) - 1;
  int exponent = bits_ >> mantissa_bits & top;
  int mantissa = bits_ & ((1 << mantissa_bits) - 1);
  double size = exponent == 0
                    ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                    : std::ldexp((1 << mantissa_bits) + mantissa, exponent - bias - mantissa_bits);
  if (exponent == top) {
    size = mantissa == 0 ? std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  return bits_ & 0x8000U ? -size : size;
}

template class SmallFloat<5, 10>;
template class SmallFloat<8, 7>;

}  // namespace pullback
