#include "nn/activations.h"

#include "nn/layers.h"

namespace pullback {

namespace {

struct Named {
  Activation activation;
  std::string_view name;
};
constexpr Named named[] = {
    {Activation::none, "none"},
    {Activation::relu, Relu::kind},
    {Activation::relu6, Relu6::kind},
    {Activation::swish, SwishLayer::kind},
    {Activation::hard_swish, HardSwish::kind},
    {Activation::gelu, GeluLayer::kind},
    {Activation::sigmoid, Sigmoid::kind},
    {Activation::hard_sigmoid, HardSigmoid::kind},
    {Activation::tanh, TanhLayer::kind},
};

/// min(max(0, x), 6)
Value clamped(Scope& scope, Value x, const std::string& name) {
  Type scalar = scope.b.type(x).with(Shape{});
  Value zero = scope.b.constant(scalar, 0, scope.name("zero"));
  Value six = scope.b.constant(scalar, 6, scope.name("six"));
  return scope.b.emit(Clamp{}, {zero, x, six}, name);
}

/// min(max(0, x + 3), 6)/6
Value hard_sigmoid(Scope& scope, Value x, const std::string& name) {
  Builder& b = scope.b;
  Value three = b.constant(b.type(x), 3, scope.name("three"));
  Value shifted = b.add(x, three, scope.name("shifted"));
  Value clamp = clamped(scope, shifted, scope.name("clamped"));
  Value range = b.constant(b.type(x), 6, scope.name("range"));
  return b.divide(clamp, range, name);
}

}  // namespace

std::string_view to_string(Activation activation) {
  return named[static_cast<size_t>(activation)].name;
}

std::optional<Activation> activation_named(std::string_view name) {
  for (const Named& n : named) {
    if (n.name == name) return n.activation;
  }
  return std::nullopt;
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const Named& n : named) names.emplace_back(n.name);
  return names;
}

Value Relu6::build(Scope& scope, Value x) const { return clamped(scope, x, scope.name()); }

Value HardSigmoid::build(Scope& scope, Value x) const {
  return hard_sigmoid(scope, x, scope.name());
}

Value SwishLayer::build(Scope& scope, Value x) const {
  return scope.b.emit(Swish{}, {x}, scope.name());
}

Value GeluLayer::build(Scope& scope, Value x) const {
  if (approximate) return scope.b.emit(GeluTanh{}, {x}, scope.name());
  return scope.b.emit(Gelu{}, {x}, scope.name());
}

Value HardSwish::build(Scope& scope, Value x) const {
  Value gate = hard_sigmoid(scope, x, scope.name("gate"));
  return scope.b.multiply(x, gate, scope.name());
}

Layers activation_layers(Activation activation) {
  switch (activation) {
    case Activation::none:
      return {};
    case Activation::relu:
      return {Relu{}};
    case Activation::relu6:
      return {Relu6{}};
    case Activation::swish:
      return {SwishLayer{}};
    case Activation::hard_swish:
      return {HardSwish{}};
    case Activation::gelu:
      return {GeluLayer{}};
    case Activation::sigmoid:
      return {Sigmoid{}};
    case Activation::hard_sigmoid:
      return {HardSigmoid{}};
    case Activation::tanh:
      return {TanhLayer{}};
  }
  return {};
}

bool is_rectifier(const Layer& layer) {
  return std::visit(
      []<class L>(const L&) {
        return std::is_same_v<L, Relu> || std::is_same_v<L, Relu6> ||
               std::is_same_v<L, SwishLayer> || std::is_same_v<L, HardSwish> ||
               std::is_same_v<L, GeluLayer>;
      },
      layer.any());
}

}  // namespace pullback
