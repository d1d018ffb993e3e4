#pragma once

#include "ir/builder.h"

/// Ops on floats that are read as ops of integers on their bits.
namespace pullback {

/// The integers of as many bytes.
ElementType with_sign(ElementType element, bool sign);
/// A constant of the type of `like`.
Value whole(Builder& b, Value like, uint64_t value);

struct FloatFormat {
  int64_t exponent, mantissa;  ///< bits
  ElementType element;
};
inline constexpr FloatFormat float_formats[] = {{5, 10, ElementType::f16},
                                                {8, 7, ElementType::bf16},
                                                {8, 23, ElementType::f32},
                                                {11, 52, ElementType::f64}};
const FloatFormat& format_of(ElementType element);

/// Rounding to so many bits: to the nearest, ties to even; what is too large is infinite, what is
/// too small is 0. A NaN stays one, or is infinite if no mantissa is left.
Value rounded_bits(Builder& b, Value x, int64_t exponent, int64_t mantissa);

/// Signed integers in the total order of floats: -NaN, -∞, …, -0, 0, …, ∞, NaN.
Value ordered_bits(Builder& b, Value x);

/// The float next to x in the direction of y; y where they are equal.
Value next_after(Builder& b, Value x, Value y);

}  // namespace pullback
