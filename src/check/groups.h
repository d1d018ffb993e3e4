#pragma once

#include <functional>
#include <span>

#include "ir/ops.h"

namespace pullback {

/// The operand elements of which a maximum is taken, for each element of the result.
/// Calls visit(o, group) for every row-major position o of the result of `op`, a Reduce, a
/// ReduceWindow or a SelectAndScatter (of its source), with the positions of its group in the
/// operand, in row-major order; padding is in no group.
using VisitGroup = std::function<void(size_t, std::span<const int64_t>)>;
void for_each_group(const Reduce& op, const Shape& operand, const VisitGroup& visit);
void for_each_group(const std::vector<WindowDimension>& window, const Shape& operand,
                    const VisitGroup& visit);

/// The position of the first largest element of the group; the group is not empty.
int64_t first_maximum(std::span<const double> x, std::span<const int64_t> group);

}  // namespace pullback
