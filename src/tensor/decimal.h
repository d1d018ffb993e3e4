#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pullback {

/// An exact decimal number, mantissa × 10^exponent, or one of IEEE 754's values that are none: -0,
/// the infinities, NaN; or `large`, a whole number from 2^63 to 2^64 - 1, no multiple of 10:
/// mantissa + 2^64. Constants stay exact from the IR through the printed text into Coq; rounding to
/// f32 is the backend's.
struct Decimal {
  enum class Kind : uint8_t { finite, negative_zero, infinity, negative_infinity, nan, large };

  int64_t mantissa = 0;
  int32_t exponent = 0;
  Kind kind = Kind::finite;

  Decimal() = default;
  /// Canonical: no trailing zero in the mantissa, exponent 0 for zero.
  Decimal(int64_t mantissa, int32_t exponent = 0);  // NOLINT: 1 and 0 read well as decimals
  static Decimal special(Kind kind);
  /// A whole number.
  static Decimal of_unsigned(uint64_t value);
  /// Reads "-12", "0.0078125", "1.5e-07", "-0.0" (negative_zero); throws Error for anything else or
  /// for more than 18 significant digits.
  static Decimal parse(std::string_view text);
  /// The decimal nearest to `value` that reads back as the same double (shortest form).
  static Decimal of(double value);

  /// The nearest double, float; one rounding.
  double to_double() const;
  float to_float() const;
  /// MLIR's float literal: "1.0", "-0.0078125", "1.0e-30"; "inf", "-inf" and "nan" have none.
  std::string text() const;
  /// A whole number; throws Error unless this is one in the range of int64; -0 is 0.
  int64_t to_integer() const;
  /// A whole number; throws Error unless this is one in the range of uint64; -0 is 0.
  uint64_t to_unsigned() const;

  bool operator==(const Decimal&) const = default;
};

}  // namespace pullback
