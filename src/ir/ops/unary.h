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

#define PULLBACK_UNARY_IN(op_dialect, Op, op_name, op_domain, op_trick, op_equation)         \
  struct Op : UnaryOp<Op> {                                                                  \
    static constexpr OpInfo info{                                                            \
        .name = op_name, .trick = op_trick, .equation = op_equation, .dialect = op_dialect}; \
    static constexpr Domain domain = op_domain;                                              \
    Values vjp(Builder& b, const VjpArgs& a) const;                                          \
    bool operator==(const Op&) const = default;                                              \
  }
#define PULLBACK_UNARY(Op, op_name, op_domain, op_trick, op_equation) \
  PULLBACK_UNARY_IN("stablehlo", Op, op_name, op_domain, op_trick, op_equation)
/// An op of floats of the dialect chlo, as JAX prints it.
#define PULLBACK_CHLO(Op, op_name, op_equation) \
  PULLBACK_UNARY_IN("chlo", Op, op_name, Domain::floats, Trick::diagonal, op_equation)

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

PULLBACK_UNARY(ExponentialMinusOne, "exponential_minus_one", Domain::floats, Trick::diagonal,
               "y[i] = exp(x[i]) - 1");
PULLBACK_UNARY(LogPlusOne, "log_plus_one", Domain::floats, Trick::diagonal, "y[i] = ln(1 + x[i])");
PULLBACK_UNARY(Cbrt, "cbrt", Domain::floats, Trick::diagonal, "y[i] = x[i]^(1/3)");
PULLBACK_UNARY(Tan, "tan", Domain::floats, Trick::diagonal, "y[i] = tan(x[i])");
// Constant between their jumps.
PULLBACK_UNARY(Floor, "floor", Domain::floats, Trick::constant, "y[i] = the integer below x[i]");
PULLBACK_UNARY(Ceil, "ceil", Domain::floats, Trick::constant, "y[i] = the integer above x[i]");
PULLBACK_UNARY(RoundNearestAfz, "round_nearest_afz", Domain::floats, Trick::constant,
               "y[i] = the integer nearest to x[i], a half away from 0");
PULLBACK_UNARY(RoundNearestEven, "round_nearest_even", Domain::floats, Trick::constant,
               "y[i] = the integer nearest to x[i], a half to the even one");
PULLBACK_UNARY(Sign, "sign", Domain::numbers, Trick::constant, "y[i] = -1, 0 or 1 as x[i]");

PULLBACK_CHLO(Erf, "erf", "y[i] = 2/√π ∫ exp(-t²) dt, t from 0 to x[i]");
/// Accurate where erf is nearly 1.
PULLBACK_CHLO(Erfc, "erfc", "y[i] = 1 - erf(x[i])");
PULLBACK_CHLO(Atan, "atan", "y[i] = arctan(x[i])");
PULLBACK_CHLO(Asin, "asin", "y[i] = arcsin(x[i])");
PULLBACK_CHLO(Acos, "acos", "y[i] = arccos(x[i])");
PULLBACK_CHLO(Sinh, "sinh", "y[i] = (exp(x[i]) - exp(-x[i]))/2");
PULLBACK_CHLO(Cosh, "cosh", "y[i] = (exp(x[i]) + exp(-x[i]))/2");
PULLBACK_CHLO(Asinh, "asinh", "y[i] = ln(x[i] + (x[i]² + 1)^(1/2))");
PULLBACK_CHLO(Acosh, "acosh", "y[i] = ln(x[i] + (x[i]² - 1)^(1/2))");
PULLBACK_CHLO(Atanh, "atanh", "y[i] = ln((1 + x[i])/(1 - x[i]))/2");

#define PULLBACK_SPECIAL(Op, op_name, op_equation)                                   \
  struct Op : UnaryOp<Op> {                                                          \
    static constexpr OpInfo info{.name = op_name,                                    \
                                 .trick = Trick::diagonal,                           \
                                 .equation = op_equation,                            \
                                 .outside = "proofs/ does not define this function", \
                                 .dialect = "chlo"};                                 \
    static constexpr Domain domain = Domain::floats;                                 \
    Values vjp(Builder& b, const VjpArgs& a) const;                                  \
    bool operator==(const Op&) const = default;                                      \
  }

PULLBACK_SPECIAL(ErfInv, "erf_inv", "erf(y[i]) = x[i]");
PULLBACK_SPECIAL(Lgamma, "lgamma", "y[i] = ln |Γ(x[i])|");
PULLBACK_SPECIAL(Digamma, "digamma", "y[i] = Γ'(x[i])/Γ(x[i])");

#undef PULLBACK_SPECIAL
#undef PULLBACK_CHLO
#undef PULLBACK_UNARY
#undef PULLBACK_UNARY_IN

}  // namespace pullback
