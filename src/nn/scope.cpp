#include "nn/scope.h"

#include <cmath>

namespace pullback {

namespace {
constexpr size_t most_layers = 100000;
}

const std::string& Scope::enter(std::string_view kind) {
  if (++entered_ > most_layers) {
    throw Error("the network has more than " + std::to_string(most_layers) +
                " layers, repetitions counted");
  }
  name_ = prefix_ + std::string(kind);
  name_ += std::to_string(++counts_[name_]);
  return name_;
}

/// A value of that type, so that the layer's shapes can be inferred.
Value Scope::stand_in(const Type& type, std::string_view part) {
  return b.constant(type, 0, name(part));
}

Value Scope::parameter(std::string_view part, const Shape& shape, Initializer initializer) {
  Type type{ElementType::f32, shape};
  if (declaring_) {
    declared_.parameters.push_back({name(part), type, initializer});
    return stand_in(type, part);
  }
  const Parameter& expected = declared_.parameters.at(parameters_);
  PULLBACK_CHECK(expected.name == name(part) && expected.type == type, name(part));
  return {static_cast<int32_t>(parameters_++)};
}

Value Scope::statistic(std::string_view part, const Shape& shape, Initializer initializer) {
  Type type{ElementType::f32, shape};
  updates_.emplace_back();
  if (declaring_) {
    declared_.statistics.push_back({name(part), type, initializer});
    return stand_in(type, part);
  }
  const Parameter& expected = declared_.statistics.at(updates_.size() - 1);
  PULLBACK_CHECK(expected.name == name(part) && expected.type == type, name(part));
  return {static_cast<int32_t>(declared_.parameters.size() + updates_.size() - 1)};
}

void Scope::update(size_t back, Value value) {
  PULLBACK_CHECK(training() && back < updates_.size(), name_);
  updates_[updates_.size() - 1 - back] = value;
}

Value Scope::noise(std::string_view part, const Shape& shape, double keep) {
  PULLBACK_CHECK(training(), name_);
  Type type{ElementType::f32, shape};
  if (declaring_) {
    declared_.noise.push_back({name(part), type, keep});
    return stand_in(type, part);
  }
  const Noise& expected = declared_.noise.at(noises_);
  PULLBACK_CHECK(expected.name == name(part) && expected.type == type, name(part));
  size_t images_and_labels = 2;
  size_t first = declared_.parameters.size() + declared_.statistics.size() + images_and_labels;
  return {static_cast<int32_t>(first + noises_++)};
}

Initializer Scope::fan_in(int64_t fan_in) const {
  double gain = rectified_ ? 2.0 : 1.0;
  double inputs = static_cast<double>(fan_in > 0 ? fan_in : 1);
  return {Initializer::Kind::normal, std::sqrt(gain / inputs)};
}

}  // namespace pullback
