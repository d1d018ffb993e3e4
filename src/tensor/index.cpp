#include "tensor/index.h"

namespace pullback {

int64_t position(const Index& index, const Shape& strides) {
  int64_t sum = 0;
  for (size_t axis = 0; axis < index.size(); ++axis) sum += index[axis] * strides[axis];
  return sum;
}

std::vector<int64_t> offsets_along(const Shape& shape, const Axes& axes) {
  Shape all = strides_of(shape);
  Shape extents, strides;
  for (int64_t axis : axes) {
    extents.push_back(shape[static_cast<size_t>(axis)]);
    strides.push_back(all[static_cast<size_t>(axis)]);
  }
  std::vector<int64_t> offsets;
  for_each_index(extents, [&](const Index& i) { offsets.push_back(position(i, strides)); });
  return offsets;
}

}  // namespace pullback
