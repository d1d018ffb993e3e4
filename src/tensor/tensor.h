#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tensor/type.h"

namespace pullback {

/// The C++ type that stores an element: f32 float, f64 double, i32 int32_t, i1 uint8_t (0 or 1).
template <class T>
constexpr ElementType element_of() {
  if constexpr (std::is_same_v<T, float>) return ElementType::f32;
  if constexpr (std::is_same_v<T, double>) return ElementType::f64;
  if constexpr (std::is_same_v<T, int32_t>) return ElementType::i32;
  if constexpr (std::is_same_v<T, uint8_t>) return ElementType::i1;
}

/// Calls f.operator()<T>() with the C++ type that stores `element`.
template <class F>
decltype(auto) dispatch(ElementType element, F&& f) {
  switch (element) {
    case ElementType::f32:
      return f.template operator()<float>();
    case ElementType::f64:
      return f.template operator()<double>();
    case ElementType::i32:
      return f.template operator()<int32_t>();
    case ElementType::i1:
      return f.template operator()<uint8_t>();
  }
  PULLBACK_CHECK(false, "element type");
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
  /// Every element converted to `element`; floats to integers truncate, to i1: x != 0.
  Tensor convert(ElementType element) const;

  bool operator==(const Tensor&) const = default;

 private:
  Type type_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(4);
};

}  // namespace pullback
