#pragma once

#include "ir/ops/op.h"

/// Elementwise ops of two operands of one type: z[i] = f(x[i], y[i]); each operand's Jacobian is
/// diagonal. On i1, add and maximum are "or", multiply and minimum are "and". Integers wrap.
namespace pullback {

template <class Self>
struct BinaryOp {
  Attributes attributes() const { return {}; }
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  bool operator==(const BinaryOp&) const = default;
};

#define PULLBACK_BINARY(Op, op_name, op_trick, op_equation)                                    \
  struct Op : BinaryOp<Op> {                                                                   \
    static constexpr OpInfo info{.name = op_name, .trick = op_trick, .equation = op_equation}; \
    Values vjp(Builder& b, const VjpArgs& a) const;                                            \
    bool operator==(const Op&) const = default;                                                \
  }

PULLBACK_BINARY(Add, "add", Trick::diagonal, "z[i] = x[i] + y[i]");
PULLBACK_BINARY(Subtract, "subtract", Trick::diagonal, "z[i] = x[i] - y[i]");
PULLBACK_BINARY(Multiply, "multiply", Trick::diagonal, "z[i] = x[i] · y[i]");
PULLBACK_BINARY(Divide, "divide", Trick::diagonal, "z[i] = x[i] / y[i]");
/// At a tie the cotangent goes to the first operand, so relu(x) = maximum(0, x) has slope 0 at 0.
PULLBACK_BINARY(Maximum, "maximum", Trick::selection, "z[i] = max(x[i], y[i])");
/// At a tie the cotangent goes to the first operand.
PULLBACK_BINARY(Minimum, "minimum", Trick::selection, "z[i] = min(x[i], y[i])");
PULLBACK_BINARY(Power, "power", Trick::diagonal, "z[i] = x[i]^y[i]");
PULLBACK_BINARY(And, "and", Trick::constant, "z[i] = x[i] and y[i]");
PULLBACK_BINARY(Or, "or", Trick::constant, "z[i] = x[i] or y[i]");
PULLBACK_BINARY(Xor, "xor", Trick::constant, "z[i] = either x[i] or y[i]");
/// The sign is x's.
PULLBACK_BINARY(Remainder, "remainder", Trick::diagonal, "z[i] = x[i] - y[i] · trunc(x[i]/y[i])");
/// The angle of the point (y, x), in [-π, π].
PULLBACK_BINARY(Atan2, "atan2", Trick::diagonal, "z[i] = arctan(x[i]/y[i])");

#undef PULLBACK_BINARY

/// The derivative of order x[i] of digamma, at y[i]; NaN unless x[i] is 0, 1, 2, …, so that no
/// cotangent flows to x.
struct Polygamma : BinaryOp<Polygamma> {
  static constexpr OpInfo info{.name = "polygamma",
                               .trick = Trick::diagonal,
                               .equation = "z[i] = ψ^(x[i])(y[i])",
                               .outside = "proofs/ does not define this function",
                               .dialect = "chlo"};
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Polygamma&) const = default;
};

}  // namespace pullback
