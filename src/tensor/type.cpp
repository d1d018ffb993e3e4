#include "tensor/type.h"

#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace pullback {

bool is_float(ElementType element) {
  return element == ElementType::f32 || element == ElementType::f64;
}

std::string_view to_string(ElementType element) {
  switch (element) {
    case ElementType::f32:
      return "f32";
    case ElementType::f64:
      return "f64";
    case ElementType::i32:
      return "i32";
    case ElementType::i1:
      return "i1";
  }
  PULLBACK_CHECK(false, "element type");
}

size_t byte_size(ElementType element) {
  switch (element) {
    case ElementType::f32:
      return 4;
    case ElementType::f64:
      return 8;
    case ElementType::i32:
      return 4;
    case ElementType::i1:
      return 1;
  }
  PULLBACK_CHECK(false, "element type");
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent == 0) return 0;
  }
  for (int64_t extent : shape) {
    if (extent < 0 || count > (int64_t{1} << 60) / extent) {
      throw Error("a tensor with extent " + std::to_string(extent) + " is too large");
    }
    count *= extent;
  }
  return count;
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

std::string Type::text() const {
  std::string text = "tensor<";
  for (int64_t extent : shape) text += std::to_string(extent) + "x";
  return text.append(to_string(element)) + ">";
}

}  // namespace pullback
