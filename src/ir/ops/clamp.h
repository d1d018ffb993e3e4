#pragma once

#include "ir/ops/op.h"

/// Clamping between bounds.
namespace pullback {

/// z[i] = min(max(x[i], l[i]), u[i]); each bound is of x's shape or a scalar. At a tie the
/// cotangent goes to the bound, so a clamp by constants has slope 0 there.
struct Clamp {
  static constexpr OpInfo info{
      .name = "clamp", .trick = Trick::selection, .equation = "z[i] = min(max(x[i], l[i]), u[i])"};

  Attributes attributes() const { return {}; }
  Type infer(Types in) const;  // clamp_c1, c2, c3: the operands are l, x, u
  Tensor eval(Tensors in, const Type& out) const;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Clamp&) const = default;
};

}  // namespace pullback
