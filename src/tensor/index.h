#pragma once

#include <cstdint>
#include <vector>

#include "tensor/type.h"

/// Walking over the elements of row-major tensors.
namespace pullback {

/// One coordinate per axis.
using Index = std::vector<int64_t>;

/// Calls f(index) for every index of `shape` in row-major order; once with {} for a scalar.
template <class F>
void for_each_index(const Shape& shape, F&& f) {
  if (element_count(shape) == 0) return;
  Index index(shape.size(), 0);
  for (;;) {
    f(static_cast<const Index&>(index));
    size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

/// The row-major position of `index` in a tensor with these strides: Σ index · stride.
int64_t position(const Index& index, const Shape& strides);

/// The positions, relative to the first, of the elements reached by moving along `axes` only,
/// row-major in the order of `axes`; {0} if there are none.
std::vector<int64_t> offsets_along(const Shape& shape, const Axes& axes);

}  // namespace pullback
