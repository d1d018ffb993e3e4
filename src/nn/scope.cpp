#include "nn/scope.h"

#include <cmath>

namespace pullback {

const std::string& Scope::enter(std::string_view kind) {
  auto count = counts_.try_emplace(std::string(kind), 0).first;
  name_ = std::string(kind) + std::to_string(++count->second);
  return name_;
}

Value Scope::parameter(std::string_view part, const Shape& shape, Initializer initializer) {
  Type type{ElementType::f32, shape};
  if (declaring_) {
    parameters_.push_back({name(part), type, initializer});
    // A stand-in of that type, so that the layer's shapes can be inferred.
    return b.constant(type, 0, name(part));
  }
  const Parameter& expected = parameters_.at(next_);
  PULLBACK_CHECK(expected.name == name(part) && expected.type == type, name(part));
  return {static_cast<int32_t>(next_++)};
}

Initializer Scope::fan_in(int64_t fan_in) const {
  double gain = rectified_ ? 2.0 : 1.0;
  double inputs = static_cast<double>(fan_in > 0 ? fan_in : 1);
  return {Initializer::Kind::normal, std::sqrt(gain / inputs)};
}

}  // namespace pullback
