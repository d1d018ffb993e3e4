#include <algorithm>

#include "nn/layers.h"

namespace pullback {

namespace {

void require_count(const Scope& scope, const char* field, int64_t value, int64_t most) {
  if (value >= 1 && value <= most) return;
  throw Error(scope.name() + ": " + field + " is " + std::to_string(value) +
              "; it must be in 1 … " + std::to_string(most));
}

/// relu(body(x) + shortcut(x)), a block of its own.
Value residual(Scope& scope, Value x, const Layers& body, int64_t out, int64_t stride) {
  Value y = build_layers(scope, body, x);
  Value shortcut = x;
  if (stride != 1 || scope.b.shape(x).back() != out) {
    Layer projection = ConvBN{.out = out, .kernel = 1, .stride = stride, .relu = false};
    shortcut = build_layers(scope, {projection}, x);
  }
  scope.enter("sum");
  Value sum = scope.b.add(y, shortcut, scope.name());
  scope.enter("relu");
  return Relu{}.build(scope, sum);
}

/// `repeat` residual blocks, the first with the stride; body(stride) makes the layers of one.
template <class Body>
Value stage(Scope& scope, Value x, int64_t out, int64_t stride, int64_t repeat, Body body) {
  require_count(scope, "repeat", repeat, 1000);
  require_count(scope, "stride", stride, 1 << 20);
  if (scope.b.type(x).rank() != 4) {
    throw Error(scope.name() + ": needs images, tensor<N x height x width x channels>\n  input '" +
                scope.b.name(x) + "'  " + scope.b.type(x).text());
  }
  return scope.block([&] {
    for (int64_t k = 0; k < repeat; ++k) {
      int64_t s = k == 0 ? stride : 1;
      scope.enter("block");
      x = scope.block([&] { return residual(scope, x, body(s), out, s); });
    }
    return x;
  });
}

std::string stage_text(int64_t out, int64_t stride, int64_t repeat) {
  return std::to_string(repeat) + (repeat == 1 ? " block of " : " blocks of ") +
         std::to_string(out) + " channels" +
         (stride == 1 ? "" : ", stride " + std::to_string(stride));
}

std::string layers_text(const Layers& layers) {
  std::string text;
  for (const Layer& layer : layers)
    text += (text.empty() ? "" : ", ") + std::string(kind_of(layer));
  return text.empty() ? "input" : text;
}

}  // namespace

Value BasicBlock::build(Scope& scope, Value x) const {
  return stage(scope, x, out, stride, repeat, [&](int64_t s) {
    return Layers{ConvBN{.out = out, .kernel = 3, .stride = s, .padding = 1},
                  ConvBN{.out = out, .kernel = 3, .padding = 1, .relu = false}};
  });
}

std::string BasicBlock::describe() const { return stage_text(out, stride, repeat); }

Value Bottleneck::build(Scope& scope, Value x) const {
  if (out % 4 != 0) {
    throw Error(scope.name() + ": out is " + std::to_string(out.value) +
                "; it must be a multiple of 4");
  }
  return stage(scope, x, out, stride, repeat, [&](int64_t s) {
    return Layers{ConvBN{.out = out / 4, .kernel = 1},
                  ConvBN{.out = out / 4, .kernel = 3, .stride = s, .padding = 1},
                  ConvBN{.out = out, .kernel = 1, .relu = false}};
  });
}

std::string Bottleneck::describe() const { return stage_text(out, stride, repeat); }

Value Repeat::build(Scope& scope, Value x) const {
  require_count(scope, "times", times, 1000);
  return scope.block([&] {
    for (int64_t k = 0; k < times; ++k) {
      scope.enter("part");
      x = scope.block([&] { return build_layers(scope, layers, x); });
    }
    return x;
  });
}

std::string Repeat::describe() const {
  return std::to_string(times.value) + " times " + layers_text(layers);
}

bool Repeat::operator==(const Repeat& other) const {
  return times == other.times && layers == other.layers;
}

Values Branches::build_all(Scope& scope, Value x) const {
  if (branches.size() < 2) throw Error(scope.name() + ": needs at least two branches");
  return scope.block([&] {
    Values values;
    for (const Layers& branch : branches) {
      scope.enter("branch");
      values.push_back(scope.block([&] { return build_layers(scope, branch, x); }));
    }
    return values;
  });
}

std::string Branches::describe() const {
  std::string text;
  for (const Layers& branch : branches) text += (text.empty() ? "" : " | ") + layers_text(branch);
  return text;
}

bool Branches::operator==(const Branches& other) const { return branches == other.branches; }

Value AddBranches::build(Scope& scope, Value x) const {
  Values values = build_all(scope, x);
  Value sum = values[0];
  for (size_t k = 1; k < values.size(); ++k) {
    bool last = k + 1 == values.size();
    sum = scope.b.add(sum, values[k], last ? scope.name() : scope.name("sum"));
  }
  return sum;
}

Value MultiplyBranches::build(Scope& scope, Value x) const {
  Values values = build_all(scope, x);
  Builder& b = scope.b;
  auto larger = [&](Value v, Value w) { return b.type(v).count() < b.type(w).count(); };
  Shape shape = b.shape(*std::max_element(values.begin(), values.end(), larger));
  for (Value& v : values) {
    const Shape& s = b.shape(v);
    if (s == shape || shape.size() != 4) continue;
    bool flat = s == Shape{shape[0], shape[3]};
    if (s == Shape{shape[0], 1, 1, shape[3]}) {
      v = b.reshape(v, {shape[0], shape[3]}, scope.name("flat"));
      flat = true;
    }
    if (flat) v = b.broadcast(v, shape, {0, 3}, scope.name("spread"));
  }
  Value product = values[0];
  for (size_t k = 1; k < values.size(); ++k) {
    bool last = k + 1 == values.size();
    product = b.multiply(product, values[k], last ? scope.name() : scope.name("product"));
  }
  return product;
}

Value ConcatenateBranches::build(Scope& scope, Value x) const {
  Values values = build_all(scope, x);
  int64_t axis = scope.b.type(values[0]).rank() - 1;
  return scope.b.emit(Concatenate{.dimension = axis}, values, scope.name());
}

Value build_layer(Scope& scope, const Layer& layer, const Layer* next, Value x) {
  const std::string name = scope.enter(kind_of(layer));
  scope.set_rectified(next != nullptr && is_rectifier(*next));
  try {
    return std::visit([&](const auto& l) { return l.build(scope, x); }, layer.any());
  } catch (const Error& error) {
    std::string message = error.what();
    bool named = message.starts_with(name + ":") || message.starts_with(name + ".");
    throw Error(named ? message : name + ": " + message);
  }
}

Value build_layers(Scope& scope, const Layers& layers, Value x) {
  for (size_t i = 0; i < layers.size(); ++i) {
    x = build_layer(scope, layers[i], i + 1 < layers.size() ? &layers[i + 1] : nullptr, x);
  }
  return x;
}

}  // namespace pullback
