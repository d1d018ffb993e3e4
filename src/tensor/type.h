#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pullback {

enum class ElementType : uint8_t { f32, f64, i32, i1 };

/// Extents of the axes, outermost first; row-major. Empty for a scalar.
using Shape = std::vector<int64_t>;
/// Axis numbers.
using Axes = std::vector<int64_t>;

bool is_float(ElementType element);
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
