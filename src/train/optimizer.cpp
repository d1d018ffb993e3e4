#include "train/optimizer.h"

#include "base/text.h"

namespace pullback {

namespace {

/// θ - η · direction
Value descend(Builder& b, const UpdateArgs& a, Value direction) {
  Value rate = b.broadcast(a.learning_rate, b.shape(a.parameter), {}, a.name + "$rate");
  Value step = b.multiply(rate, direction, a.name + "$step");
  return b.subtract(a.parameter, step, a.name + "$new");
}

template <class... Ts>
std::vector<Optimizer> all(std::type_identity<std::variant<Ts...>>) {
  return {Ts{}...};
}
std::vector<Optimizer> all_optimizers() { return all(std::type_identity<Optimizer>{}); }

}  // namespace

Updated Sgd::update(Builder& b, const UpdateArgs& a) const {
  return {descend(b, a, a.gradient), {}};
}

Updated Momentum::update(Builder& b, const UpdateArgs& a) const {
  Value mu = b.constant(b.type(a.parameter), momentum, a.name + "$momentum");
  Value kept = b.multiply(mu, a.state[0], a.name + "$kept");
  Value velocity = b.add(kept, a.gradient, a.name + "$velocity$new");
  return {descend(b, a, velocity), {velocity}};
}

std::string_view name_of(const Optimizer& optimizer) {
  return std::visit([](const auto& o) { return o.name; }, optimizer);
}

std::vector<std::string> state_of(const Optimizer& optimizer) {
  return std::visit([](const auto& o) { return o.state(); }, optimizer);
}

Updated update(const Optimizer& optimizer, Builder& builder, const UpdateArgs& args) {
  return std::visit([&](const auto& o) { return o.update(builder, args); }, optimizer);
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const Optimizer& o : all_optimizers()) names.emplace_back(name_of(o));
  return names;
}

Optimizer optimizer_named(std::string_view name) {
  for (const Optimizer& o : all_optimizers()) {
    if (name_of(o) == name) return o;
  }
  std::string near = nearest(name, optimizer_names());
  throw Error("there is no optimizer '" + std::string(name) + "'; choose one of " +
              join(optimizer_names()) + (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

}  // namespace pullback
