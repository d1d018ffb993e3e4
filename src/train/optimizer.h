#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/builder.h"

/// Optimizers as templates over one parameter θ, its gradient g and its state tensors, all of θ's
/// shape; the learning rate η is an argument of the step. Each rule emits the instructions that
/// make the new θ and the new state; the Coq development has the same templates.
namespace pullback {

/// What an update rule gets; the emitted names are "<name>$rate", "<name>$step", "<name>$new", ….
struct UpdateArgs {
  std::string name;     ///< of the parameter
  Value parameter;      ///< θ
  Value gradient;       ///< g
  Value learning_rate;  ///< η, a scalar
  Values state;
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

/// Every optimizer there is. State tensors start at zero.
using Optimizer = std::variant<Sgd, Momentum>;

std::string_view name_of(const Optimizer& optimizer);
/// Names of the state tensors that each parameter has.
std::vector<std::string> state_of(const Optimizer& optimizer);
Updated update(const Optimizer& optimizer, Builder& builder, const UpdateArgs& args);

/// The optimizer of that name with its default settings; throws Error that lists the names.
Optimizer optimizer_named(std::string_view name);
std::vector<std::string> optimizer_names();

}  // namespace pullback
