#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/builder.h"

/// Optimizers as templates over one parameter θ, its gradient g and its state tensors, all of θ's
/// shape; the learning rate η and the step's number t are arguments of the step. Each rule emits
/// the instructions that make the new θ and the new state; the Coq development
/// (proofs/Optim/Optimizer.v) has the same templates, and says what they compute.
namespace pullback {

/// What an update rule gets; the emitted names are "<name>$rate", "<name>$step", "<name>$new", ….
struct UpdateArgs {
  std::string name;  ///< of the parameter
  Value parameter;   ///< θ
  Value gradient;    ///< g
  Values shared;  ///< scalars: η, for Adam the corrections 1 - β1^t and 1 - β2^t, the gate (i1)
  Values state;
  std::optional<Decimal> decay = {};  ///< λ of decoupled weight decay
  bool adapts = true;                 ///< LAMB scales the step by its trust ratio
};
struct Updated {
  Value parameter;
  Values state;
};

/// θ' = θ - η g
struct Sgd {
  static constexpr std::string_view name = "sgd";
  std::vector<std::string> state() const { return {}; }
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const Sgd&) const = default;
};

/// v' = μ v + g;  θ' = θ - η v'   (Polyak 1964; as in PyTorch, without dampening)
struct Momentum {
  static constexpr std::string_view name = "momentum";
  Decimal momentum{9, -1};  ///< μ
  std::vector<std::string> state() const { return {"velocity"}; }
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const Momentum&) const = default;
};

/// v' = μ v + g;  θ' = θ - η (g + μ v')   (Nesterov 1983, in the form of Sutskever et al. 2013)
struct Nesterov {
  static constexpr std::string_view name = "nesterov";
  Decimal momentum{9, -1};  ///< μ
  std::vector<std::string> state() const { return {"velocity"}; }
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const Nesterov&) const = default;
};

/// v' = α v + (1-α) g²;  θ' = θ - η g / (√v' + ε)   (Tieleman and Hinton 2012)
struct RmsProp {
  static constexpr std::string_view name = "rmsprop";
  Decimal alpha{99, -2};
  Decimal epsilon{1, -8};
  std::vector<std::string> state() const { return {"v"}; }
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const RmsProp&) const = default;
};

/// m' = β1 m + (1-β1) g;  v' = β2 v + (1-β2) g²;
/// θ' = θ - η (m'/(1-β1^t)) / (√(v'/(1-β2^t)) + ε)   (Kingma and Ba, arXiv:1412.6980)
struct Adam {
  static constexpr std::string_view name = "adam";
  Decimal beta1{9, -1}, beta2{999, -3};
  Decimal epsilon{1, -8};
  std::vector<std::string> state() const { return {"m", "v"}; }
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const Adam&) const = default;
};

/// As Adam, with decoupled weight decay: θ' = … - η λ θ   (Loshchilov and Hutter, arXiv:1711.05101)
struct AdamW : Adam {
  static constexpr std::string_view name = "adamw";
  bool operator==(const AdamW&) const = default;
};

/// θ' = θ - η r u, u the direction of AdamW, with decay; the trust ratio r = ‖θ‖/‖u‖, or 1 if
/// either norm is 0   (You et al., arXiv:1904.00962)
struct Lamb : Adam {
  static constexpr std::string_view name = "lamb";
  Updated update(Builder& b, const UpdateArgs& a) const;
  bool operator==(const Lamb&) const = default;
};

/// Every rule there is. State tensors start at zero.
using Rule = std::variant<Sgd, Momentum, Nesterov, RmsProp, Adam, AdamW, Lamb>;

/// A rule with its settings.
struct Optimizer {
  Rule rule;
  /// λ: g + λ θ is what the rule gets; AdamW's and LAMB's is decoupled.
  std::optional<Decimal> weight_decay;
  /// Else parameters of rank < 2 (biases, scales) do not decay, and LAMB's r is 1.
  bool decay_vectors = false;
  /// Gradients are multiplied by limit / max(norm, limit), norm the root of the sum of all squares.
  std::optional<Decimal> clip_norm;
  /// β of a running average of the parameters, a' = β a + (1-β) θ'; it starts at θ.
  std::optional<Decimal> average;
  /// K: a batch comes in K parts, one execution of the step each. The sum of the gradients, each
  /// divided by K, is a state; the last part, whose scalar "apply" is not 0, makes the step with
  /// it.
  std::optional<Decimal> parts;

  template <class R>
  requires std::constructible_from<Rule, R> Optimizer(R rule)
      : rule(std::move(rule)) {}  // NOLINT: a rule alone is an optimizer
  bool operator==(const Optimizer&) const = default;
};

std::string_view name_of(const Optimizer& optimizer);
/// Names of the state tensors that each parameter has: the rule's, "average", "sum".
std::vector<std::string> state_of(const Optimizer& optimizer);
/// Names of the step's scalar arguments: "learning_rate", "step" (from 1) for Adam, "apply" of a
/// batch in parts.
std::vector<std::string> scalars_of(const Optimizer& optimizer);
/// Whether a parameter of this type decays, and LAMB scales its step.
bool adapts(const Optimizer& optimizer, const Type& type);
/// Whether weight decay is added to the step rather than to the gradient.
bool decouples(const Optimizer& optimizer);
/// The weight decay of a parameter of this type.
std::optional<Decimal> decay_of(const Optimizer& optimizer, const Type& type);

/// From the step's scalars, what the updates of all parameters share.
Values shared(const Optimizer& optimizer, Builder& builder, const Values& scalars);
/// sum + g/K, the gradient of a batch that comes in K parts.
Value accumulated(Builder& builder, const std::string& name, const Decimal& parts, Value gradient,
                  Value sum);
/// total + Σ g²; of the first gradient, Σ g².
Value add_squares(Builder& builder, const std::string& name, Value gradient, Value total);
/// limit / max(√squares, limit)
Value clip_scale(Builder& builder, const Decimal& limit, Value squares);
/// Clipping by `scale` if there is one, weight decay, the rule, the average; of a batch in parts
/// all that only if this is the last.
Updated update(const Optimizer& optimizer, Builder& builder, UpdateArgs args, Value scale);

/// The optimizer of that name with its default settings; throws Error that lists the names.
Optimizer optimizer_named(std::string_view name);
std::vector<std::string> optimizer_names();

}  // namespace pullback
