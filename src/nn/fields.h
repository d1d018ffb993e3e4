#pragma once

#include <cstdint>

/// The types of layers' fields.
namespace pullback {

/// A field that has no default: leaving it out does not compile.
template <class T>
struct Required {
  T value;
  Required() = delete;
  constexpr Required(T v) : value(v) {}  // NOLINT: written as a plain value
  constexpr operator T() const { return value; }
  bool operator==(const Required&) const = default;
};

/// Zeros around an image: as many as keep ceil(extent / stride) outputs, the odd one at the end;
/// none; or a number on every side: Padding::same, Padding::valid, 2.
struct Padding {
  int64_t each;  ///< on every side; -1: same
  static const Padding same, valid;
  constexpr Padding(int64_t each) : each(each) {}  // NOLINT: written as a plain number
  bool operator==(const Padding&) const = default;
};
inline constexpr Padding Padding::same{-1};
inline constexpr Padding Padding::valid{0};

}  // namespace pullback
