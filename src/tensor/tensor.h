#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tensor/small_float.h"
#include "tensor/type.h"

namespace pullback {

/// The element type that a C++ type stores: float f32, double f64, bool i1, int8_t i8, uint8_t ui8,
/// …, Half f16, BFloat16 bf16.
template <class T>
constexpr ElementType element_of() {
  using enum ElementType;
  if constexpr (std::is_same_v<T, float>) return f32;
  if constexpr (std::is_same_v<T, double>) return f64;
  if constexpr (std::is_same_v<T, bool>) return i1;
  if constexpr (std::is_same_v<T, int8_t>) return i8;
  if constexpr (std::is_same_v<T, int16_t>) return i16;
  if constexpr (std::is_same_v<T, int32_t>) return i32;
  if constexpr (std::is_same_v<T, int64_t>) return i64;
  if constexpr (std::is_same_v<T, uint8_t>) return ui8;
  if constexpr (std::is_same_v<T, uint16_t>) return ui16;
  if constexpr (std::is_same_v<T, uint32_t>) return ui32;
  if constexpr (std::is_same_v<T, uint64_t>) return ui64;
  if constexpr (std::is_same_v<T, Half>) return f16;
  if constexpr (std::is_same_v<T, BFloat16>) return bf16;
}

/// Calls f.operator()<T>() with the C++ type that stores `element` and has its arithmetic: not for
/// f16 and bf16, which are computed in f32 (see eval in ir/ops.h).
template <class F>
decltype(auto) dispatch(ElementType element, F&& f) {
  switch (element) {
    case ElementType::f32:
      return f.template operator()<float>();
    case ElementType::f64:
      return f.template operator()<double>();
    case ElementType::i1:
      return f.template operator()<bool>();
    case ElementType::i8:
      return f.template operator()<int8_t>();
    case ElementType::i16:
      return f.template operator()<int16_t>();
    case ElementType::i32:
      return f.template operator()<int32_t>();
    case ElementType::i64:
      return f.template operator()<int64_t>();
    case ElementType::ui8:
      return f.template operator()<uint8_t>();
    case ElementType::ui16:
      return f.template operator()<uint16_t>();
    case ElementType::ui32:
      return f.template operator()<uint32_t>();
    case ElementType::ui64:
      return f.template operator()<uint64_t>();
    case ElementType::f16:
    case ElementType::bf16:
      break;
  }
  PULLBACK_CHECK(false, std::string(to_string(element)));
}

/// The same for every element type: what stores it.
template <class F>
decltype(auto) dispatch_storage(ElementType element, F&& f) {
  if (element == ElementType::f16) return f.template operator()<Half>();
  if (element == ElementType::bf16) return f.template operator()<BFloat16>();
  return dispatch(element, std::forward<F>(f));
}

/// A dense row-major array; a new one holds zeros.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Type type) : type_(std::move(type)), bytes_(type_.bytes()) {}
  /// A tensor of T's element type with these values in row-major order.
  template <class T>
  Tensor(Shape shape, const std::vector<T>& values) : Tensor(Type{element_of<T>(), shape}) {
    PULLBACK_CHECK(static_cast<int64_t>(values.size()) == type_.count(), "count of values");
    std::copy(values.begin(), values.end(), this->values<T>().begin());
  }

  const Type& type() const { return type_; }
  const Shape& shape() const { return type_.shape; }
  ElementType element() const { return type_.element; }
  int64_t count() const { return type_.count(); }

  template <class T>
  std::span<const T> values() const {
    PULLBACK_CHECK(element_of<T>() == type_.element, type_.text());
    return {reinterpret_cast<const T*>(bytes_.data()), static_cast<size_t>(count())};
  }
  template <class T>
  std::span<T> values() {
    PULLBACK_CHECK(element_of<T>() == type_.element, type_.text());
    return {reinterpret_cast<T*>(bytes_.data()), static_cast<size_t>(count())};
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::span<std::byte> bytes() { return bytes_; }

  /// Element `index` (row-major) as a double, whatever the element type.
  double at(int64_t index) const;
  void set(int64_t index, double value);
  /// Every element converted to `element`, with one rounding; floats to integers truncate and
  /// saturate, a NaN is 0; integers wrap; to i1: x != 0.
  Tensor convert(ElementType element) const;

  bool operator==(const Tensor&) const = default;

 private:
  Type type_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(4);
};

}  // namespace pullback
