#pragma once

#include "ir/ops/op.h"

/// Reductions over whole axes.
namespace pullback {

/// The monoid of a reduction; its identity (0, or the lowest value) is the initial value.
enum class Reduction : uint8_t { add, max };
/// "add", "maximum": the op in the reduction's region.
std::string_view to_string(Reduction reduction);
/// Its identity: 0 or false for add; the lowest value, -inf for floats, for max.
Decimal identity_value(Reduction reduction, ElementType element);

/// result[j] = Σ or max over the axes `dimensions` of operand; the other axes stay, in order.
/// Adjoint of add: broadcast. For max the cotangent is shared evenly among the maxima of a group.
struct Reduce {
  static constexpr OpInfo info{.name = "reduce",
                               .trick = Trick::linear,
                               .equation = "y[j] = Σ or max over dimensions of x[i]"};
  Reduction kind = Reduction::add;
  Axes dimensions;

  Attributes attributes() const;
  Type infer(Types in) const;  // reduce_c4, c7
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Reduce&) const = default;
};

}  // namespace pullback
