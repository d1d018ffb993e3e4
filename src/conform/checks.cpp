#include "conform/checks.h"

#include <cmath>
#include <limits>
#include <sstream>

namespace pullback {

namespace {

/// The bits of |x| as an integer: floats of one sign are in the order of these.
template <class T>
uint64_t magnitude_bits(T x) {
  if constexpr (sizeof(T) == 8) {
    return __builtin_bit_cast(uint64_t, x) & ~(uint64_t{1} << 63);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bit_cast(uint32_t, x) & ~(uint32_t{1} << 31);
  } else {
    return __builtin_bit_cast(uint16_t, x) & 0x7FFFU;
  }
}

/// How many floats lie between two, or the largest number if one is not finite and they differ.
template <class T>
uint64_t ulp_distance(T x, T y) {
  double a = static_cast<double>(x), b = static_cast<double>(y);
  if (std::isnan(a) && std::isnan(b)) return 0;
  if (std::isinf(a) && a == b) return 0;
  if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<uint64_t>::max();
  uint64_t p = magnitude_bits(x), q = magnitude_bits(y);
  if (std::signbit(a) != std::signbit(b)) return p + q;
  return p > q ? p - q : q - p;
}

bool almost_equal(double a, double b, double tolerance) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::isfinite(a) && std::isfinite(b) && std::abs(a - b) <= tolerance;
}

template <class T>
bool holds(const Check& check, T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    return x == y;
  } else {
    double a = static_cast<double>(x), b = static_cast<double>(y);
    switch (check.kind) {
      case Check::Kind::equal:
        return a == b;
      case Check::Kind::almost_equal:
        return almost_equal(a, b, check.tolerance);
      case Check::Kind::close: {
        uint64_t distance = ulp_distance(x, y);
        return distance >= check.min_ulp && distance <= check.max_ulp;
      }
    }
    return false;
  }
}

template <class T>
std::string text(T value) {
  std::ostringstream out;
  if constexpr (std::is_integral_v<T>) {
    out << +value;
  } else {
    out.precision(17);
    out << static_cast<double>(value);
  }
  return out.str();
}

}  // namespace

std::optional<std::string> contradiction(const Check& check, const Tensor& actual,
                                         const Tensor& expected) {
  if (actual.type() != expected.type()) {
    return "the type is " + actual.type().text() + "; expected " + expected.type().text();
  }
  return dispatch_storage(actual.element(), [&]<class T>() -> std::optional<std::string> {
    auto x = actual.values<T>();
    auto y = expected.values<T>();
    for (size_t i = 0; i < x.size(); ++i) {
      if (holds(check, x[i], y[i])) continue;
      return "element " + std::to_string(i) + " is " + text(x[i]) + "; expected " + text(y[i]);
    }
    return std::nullopt;
  });
}

}  // namespace pullback
