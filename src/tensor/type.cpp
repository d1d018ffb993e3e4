#include "tensor/type.h"

#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace pullback {

namespace {

struct Traits {
  std::string_view name;
  size_t bytes;
};

/// In the order of ElementType.
constexpr Traits traits[] = {{"f32", 4},  {"f64", 8}, {"i32", 4}, {"i1", 1},   {"i8", 1},
                             {"i16", 2},  {"i64", 8}, {"ui8", 1}, {"ui16", 2}, {"ui32", 4},
                             {"ui64", 8}, {"f16", 2}, {"bf16", 2}};
static_assert(std::size(traits) == element_types.size());

}  // namespace

std::string_view to_string(ElementType element) {
  return traits[static_cast<size_t>(element)].name;
}

size_t byte_size(ElementType element) { return traits[static_cast<size_t>(element)].bytes; }

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
