#pragma once

#include "ir/ops/op.h"

/// Generalised matrix product.
namespace pullback {

/// result[batch, lhs free, rhs free] = Σ over contracting axes of lhs · rhs. Bilinear: each
/// operand's cotangent is another dot_general, transposed back where the axes come in another
/// order. The outer product trick: for a dense layer y = x w, d.w = xᵀ d.y.
struct DotGeneral {
  static constexpr OpInfo info{.name = "dot_general",
                               .trick = Trick::outer_product,
                               .equation = "z[b, i, j] = Σ_k x[b, i, k] · y[b, k, j]"};
  Axes lhs_batching_dimensions, rhs_batching_dimensions;
  Axes lhs_contracting_dimensions, rhs_contracting_dimensions;

  Attributes attributes() const;
  Type infer(Types in) const;  // dot_general_c1 to c12
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const DotGeneral&) const = default;
};

}  // namespace pullback
