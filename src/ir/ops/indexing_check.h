#pragma once

#include "ir/ops/indexing.h"

/// The typing rules of gather and scatter.
namespace pullback {

/// gather_c1 to c22; returns the result's shape.
Shape check_gather(const WindowNumbers& numbers, const std::vector<int64_t>& slice_sizes,
                   const Shape& operand, const Type& indices);
/// scatter_c2, c4, c7 to c22.
void check_scatter(const WindowNumbers& numbers, const Shape& operand, const Type& indices,
                   const Shape& updates);

}  // namespace pullback
