#pragma once

#include "ir/ops/op.h"

/// Elementwise ops of one operand: y[i] = f(x[i]), any shape. The Jacobian is diagonal, so
/// d.x[i] = f'(x[i]) · d.y[i].
namespace pullback {

/// The element types an elementwise op takes; `integers` include i1, `numbers` do not.
enum class Domain : uint8_t { floats, signed_numbers, numbers, integers };

/// The rules that all of them share.
template <class Self>
struct UnaryOp {
  Attributes attributes() const { return {}; }
  Type infer(Types in) const;
  Tensor eval(Tensors in, const Type& out) const;
  bool operator==(const UnaryOp&) const = default;
};

#define PULLBACK_UNARY(Op, op_name, op_domain, op_trick, op_equation)                          \
  struct Op : UnaryOp<Op> {                                                                    \
    static constexpr OpInfo info{.name = op_name, .trick = op_trick, .equation = op_equation}; \
    static constexpr Domain domain = op_domain;                                                \
    Values vjp(Builder& b, const VjpArgs& a) const;                                            \
    bool operator==(const Op&) const = default;                                                \
  }

/// The slope at 0 is 0.
PULLBACK_UNARY(Abs, "abs", Domain::signed_numbers, Trick::diagonal, "y[i] = |x[i]|");
PULLBACK_UNARY(Negate, "negate", Domain::numbers, Trick::diagonal, "y[i] = -x[i]");
PULLBACK_UNARY(Exponential, "exponential", Domain::floats, Trick::diagonal, "y[i] = exp(x[i])");
PULLBACK_UNARY(Log, "log", Domain::floats, Trick::diagonal, "y[i] = ln(x[i])");
PULLBACK_UNARY(Logistic, "logistic", Domain::floats, Trick::diagonal, "y[i] = 1/(1 + exp(-x[i]))");
PULLBACK_UNARY(Tanh, "tanh", Domain::floats, Trick::diagonal, "y[i] = tanh(x[i])");
PULLBACK_UNARY(Sqrt, "sqrt", Domain::floats, Trick::diagonal, "y[i] = x[i]^(1/2)");
PULLBACK_UNARY(Rsqrt, "rsqrt", Domain::floats, Trick::diagonal, "y[i] = x[i]^(-1/2)");
PULLBACK_UNARY(Sine, "sine", Domain::floats, Trick::diagonal, "y[i] = sin(x[i])");
PULLBACK_UNARY(Cosine, "cosine", Domain::floats, Trick::diagonal, "y[i] = cos(x[i])");
PULLBACK_UNARY(Not, "not", Domain::integers, Trick::constant, "y[i] = not x[i]");

#undef PULLBACK_UNARY

}  // namespace pullback
