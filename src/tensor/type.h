#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pullback {

/// Booleans (i1), signed and unsigned integers, IEEE 754 floats and bfloat16.
enum class ElementType : uint8_t {
  f32,
  f64,
  i32,
  i1,
  i8,
  i16,
  i64,
  ui8,
  ui16,
  ui32,
  ui64,
  f16,
  bf16
};
/// All of them, in this order.
inline constexpr std::array element_types{
    ElementType::f32,  ElementType::f64, ElementType::i32, ElementType::i1,   ElementType::i8,
    ElementType::i16,  ElementType::i64, ElementType::ui8, ElementType::ui16, ElementType::ui32,
    ElementType::ui64, ElementType::f16, ElementType::bf16};

/// Extents of the axes, outermost first; row-major. Empty for a scalar.
using Shape = std::vector<int64_t>;
/// Axis numbers.
using Axes = std::vector<int64_t>;

constexpr bool is_float(ElementType e) {
  using enum ElementType;
  return e == f32 || e == f64 || e == f16 || e == bf16;
}
/// Floats that are computed in f32 and rounded after every op.
constexpr bool is_small_float(ElementType e) {
  return e == ElementType::f16 || e == ElementType::bf16;
}
constexpr bool is_unsigned(ElementType e) {
  using enum ElementType;
  return e == ui8 || e == ui16 || e == ui32 || e == ui64;
}
/// Of integers; an i1 is none.
constexpr bool is_signed(ElementType e) {
  using enum ElementType;
  return e == i8 || e == i16 || e == i32 || e == i64;
}
constexpr bool is_integer(ElementType e) { return is_signed(e) || is_unsigned(e); }
/// "f32", "i1", …
std::string_view to_string(ElementType element);
/// Bytes of one element in memory; an i1 takes one byte, 0 or 1.
size_t byte_size(ElementType element);

/// The product of the extents; 1 for a scalar. Throws Error above 2^60, so that bytes fit too.
int64_t element_count(const Shape& shape);
/// Distance in elements between neighbours along each axis, row-major.
Shape strides_of(const Shape& shape);

/// A tensor's type: tensor<2x3xf32>.
struct Type {
  ElementType element = ElementType::f32;
  Shape shape;

  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t count() const { return element_count(shape); }
  size_t bytes() const { return static_cast<size_t>(count()) * byte_size(element); }
  Type with(ElementType other) const { return {other, shape}; }
  Type with(Shape other) const { return {element, std::move(other)}; }
  /// "tensor<2x3xf32>", as StableHLO writes it.
  std::string text() const;
  bool operator==(const Type&) const = default;
};

}  // namespace pullback
