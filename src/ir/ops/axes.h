#pragma once

#include <string>
#include <string_view>

#include "ir/ops/op.h"

/// Checks and small functions on lists of axes that several op families share.
namespace pullback {

/// "[0, 2]".
std::string axes_text(const std::vector<int64_t>& axes);

/// Every axis is within [0, rank); `what` names the list in the message.
void require_in_range(const Axes& axes, int64_t rank, std::string_view clause,
                      const std::string& what);
/// No axis occurs twice.
void require_unique(const Axes& axes, std::string_view clause, const std::string& what);
/// Extents are not negative and their product fits in an int64.
void require_shape(const Shape& shape, std::string_view clause);

bool contains(const Axes& axes, int64_t axis);
/// 0, 1, …, count - 1 shifted by `first`.
Axes consecutive(int64_t first, int64_t count);
/// The axes in ascending order.
Axes ascending(Axes axes);
/// q with q[p[i]] = i.
Axes inverse_permutation(const Axes& permutation);
/// The extents of `axes`, in their order.
Shape extents_of(const Shape& shape, const Axes& axes);

/// Whether elements of this type can be indices: integers, but not truth values.
bool is_index(ElementType element);
/// Element `position` (row-major) of a tensor of indices.
int64_t index_at(const Tensor& indices, int64_t position);

/// transpose(x, permutation), or x itself where the permutation changes nothing.
Value transpose_unless_identity(Builder& b, Value x, const Axes& permutation);

}  // namespace pullback
