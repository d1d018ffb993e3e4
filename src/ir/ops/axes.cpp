#include "ir/ops/axes.h"

#include <algorithm>

#include "base/text.h"
#include "ir/builder.h"

namespace pullback {

std::string axes_text(const std::vector<int64_t>& axes) { return "[" + join(axes) + "]"; }

void require_in_range(const Axes& axes, int64_t rank, std::string_view clause,
                      const std::string& what) {
  for (int64_t axis : axes) {
    require(axis >= 0 && axis < rank, clause, [&] {
      return what + " " + axes_text(axes) + " name axis " + std::to_string(axis) +
             ", but the tensor's rank is " + std::to_string(rank);
    });
  }
}

void require_unique(const Axes& axes, std::string_view clause, const std::string& what) {
  for (size_t i = 0; i < axes.size(); ++i) {
    require(std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(i), axes[i]) ==
                axes.begin() + static_cast<std::ptrdiff_t>(i),
            clause, [&] {
              return what + " " + axes_text(axes) + " name axis " + std::to_string(axes[i]) +
                     " twice";
            });
  }
}

void require_shape(const Shape& shape, std::string_view clause) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    require(extent >= 0, clause, [&] {
      return "the result's shape " + axes_text(shape) + " has the negative extent " +
             std::to_string(extent);
    });
    count = std::max<int64_t>(count, 1);
    require(!__builtin_mul_overflow(count, extent, &count) && count <= int64_t{1} << 62, clause,
            [&] { return "the result's shape " + axes_text(shape) + " is too large"; });
  }
}

bool contains(const Axes& axes, int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

Axes consecutive(int64_t first, int64_t count) {
  Axes axes;
  for (int64_t i = 0; i < count; ++i) axes.push_back(first + i);
  return axes;
}

Axes ascending(Axes axes) {
  std::sort(axes.begin(), axes.end());
  return axes;
}

Axes inverse_permutation(const Axes& permutation) {
  Axes inverse(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) {
    inverse[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  }
  return inverse;
}

Shape extents_of(const Shape& shape, const Axes& axes) {
  Shape extents;
  for (int64_t axis : axes) extents.push_back(shape[static_cast<size_t>(axis)]);
  return extents;
}

bool is_index(ElementType element) { return !is_float(element) && element != ElementType::i1; }

int64_t index_at(const Tensor& indices, int64_t position) {
  return dispatch(indices.element(), [&]<class T>() {
    return static_cast<int64_t>(indices.values<T>()[static_cast<size_t>(position)]);
  });
}

Value transpose_unless_identity(Builder& b, Value x, const Axes& permutation) {
  if (std::is_sorted(permutation.begin(), permutation.end())) return x;
  return b.transpose(x, permutation);
}

}  // namespace pullback
