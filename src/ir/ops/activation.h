#pragma once

#include "ir/ops/unary.h"

/// Activations that are composites: elementwise, with a closed-form slope, differentiable
/// everywhere. They are lowered to core ops that neither overflow nor cancel far from 0.
namespace pullback {

/// y = x · logistic(x), also called SiLU.
struct Swish : UnaryOp<Swish> {
  static constexpr OpInfo info{.name = "swish",
                               .trick = Trick::diagonal,
                               .equation = "y[i] = x[i]/(1 + exp(-x[i]))",
                               .composite = true};
  static constexpr Domain domain = Domain::floats;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Swish&) const = default;
};

/// y = x Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, arXiv:1606.08415).
struct Gelu : UnaryOp<Gelu> {
  static constexpr OpInfo info{.name = "gelu",
                               .trick = Trick::diagonal,
                               .equation = "y[i] = x[i] (1 + erf(x[i]/√2))/2",
                               .composite = true};
  static constexpr Domain domain = Domain::floats;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const Gelu&) const = default;
};

/// The approximation of gelu by tanh, with c = 0.7978845608028654, a decimal near √(2/π).
struct GeluTanh : UnaryOp<GeluTanh> {
  static constexpr OpInfo info{
      .name = "gelu_tanh",
      .trick = Trick::diagonal,
      .equation = "y[i] = x[i] (1 + tanh(c (x[i] + 0.044715 x[i]³)))/2, c = 0.7978845608028654",
      .composite = true};
  static constexpr Domain domain = Domain::floats;
  Values vjp(Builder& b, const VjpArgs& a) const;
  bool operator==(const GeluTanh&) const = default;
};

/// Their lowering: `name` names the result, name$… what is inside.
Value lower(Builder& b, const Swish& op, Value x, const std::string& name);
Value lower(Builder& b, const Gelu& op, Value x, const std::string& name);
Value lower(Builder& b, const GeluTanh& op, Value x, const std::string& name);

}  // namespace pullback
