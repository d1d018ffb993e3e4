#pragma once

#include "ir/ops/op.h"

/// Slices whose place is known only when the program runs: dynamic_slice, dynamic_update_slice.
/// Linear in all but the start indices, which are integers; they mirror each other.
namespace pullback {

/// Operands (operand, start of each axis: scalars of one integer type).
/// result[i] = operand[s + i], s = clamp(0, start, shape(operand) - slice_sizes).
/// Adjoint: dynamic_update_slice of zeros.
struct DynamicSlice {
  static constexpr OpInfo info{
      .name = "dynamic_slice", .trick = Trick::linear, .equation = "y[i] = x[s + i]"};
  std::vector<int64_t> slice_sizes;

  Attributes attributes() const;
  Type infer(Types in) const;  // dynamic_slice_c2, c3, c4
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const DynamicSlice&) const = default;
};

/// Operands (operand, update, start of each axis: scalars of one integer type).
/// result[s + i] = update[i], s = clamp(0, start, shape(operand) - shape(update)); elsewhere the
/// operand. Adjoint: for the operand, zeros in the update's place; for the update, dynamic_slice.
struct DynamicUpdateSlice {
  static constexpr OpInfo info{.name = "dynamic_update_slice",
                               .trick = Trick::linear,
                               .equation = "y[s + i] = u[i], else x"};

  Attributes attributes() const { return {}; }
  Type infer(Types in) const;  // dynamic_update_slice_c2 to c6
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const DynamicUpdateSlice&) const = default;
};

}  // namespace pullback
