#pragma once

#include "ir/ops/op.h"

/// Ops that only move elements: reshape, broadcast, transpose, reverse. Linear, and their own
/// adjoints' mirror.
namespace pullback {

/// result[i] = operand[j] with j[k] = i[broadcast_dimensions[k]], or 0 where operand has extent 1.
/// Adjoint: sum over the axes that were added or stretched.
struct BroadcastInDim {
  static constexpr OpInfo info{.name = "broadcast_in_dim",
                               .trick = Trick::linear,
                               .equation = "y[i] = x[i restricted to dims]"};
  Shape shape;  ///< of the result
  Axes broadcast_dimensions;

  Attributes attributes() const;
  Type infer(Types in) const;  // broadcast_in_dim_c2 to c5
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const BroadcastInDim&) const = default;
};

/// The same elements in row-major order under another shape. Adjoint: reshape back.
struct Reshape {
  static constexpr OpInfo info{
      .name = "reshape", .trick = Trick::linear, .equation = "y = x, row-major"};
  Shape shape;  ///< of the result

  Attributes attributes() const;
  Type infer(Types in) const;  // reshape_c2
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Reshape&) const = default;
};

/// result[i] = operand[j], where i[d] = j[permutation[d]]. Adjoint: the inverse permutation.
struct Transpose {
  static constexpr OpInfo info{.name = "transpose",
                               .trick = Trick::linear,
                               .equation = "y[i] = x[j], i[d] = j[permutation[d]]"};
  Axes permutation;

  Attributes attributes() const;
  Type infer(Types in) const;  // transpose_c2, c3
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Transpose&) const = default;
};

/// result[i] = operand[j], j[d] = extent[d] - 1 - i[d] for d in dimensions, else i[d]. Its own
/// adjoint.
struct Reverse {
  static constexpr OpInfo info{.name = "reverse",
                               .trick = Trick::linear,
                               .equation = "y[i] = x[n - 1 - i] along dimensions"};
  Axes dimensions;

  Attributes attributes() const;
  Type infer(Types in) const;  // reverse_c2, c3
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Reverse&) const = default;
};

}  // namespace pullback
