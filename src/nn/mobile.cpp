#include "nn/mobile.h"

#include <algorithm>

#include "nn/layers.h"

namespace pullback {

namespace {

constexpr int64_t largest = 1 << 20;

[[noreturn]] void reject(const Scope& scope, const std::string& what, Value x) {
  throw Error(scope.name() + ": " + what + "\n  input '" + scope.b.name(x) + "'  " +
              scope.b.type(x).text());
}

void require_range(const Scope& scope, const char* field, int64_t value, int64_t most, Value x) {
  if (value >= 1 && value <= most) return;
  reject(scope,
         std::string(field) + " is " + std::to_string(value) + "; it must be in 1 … " +
             std::to_string(most),
         x);
}

/// Their last axis is the channels.
int64_t channels_of(const Scope& scope, Value x) {
  if (scope.b.type(x).rank() != 4) {
    reject(scope, "needs images, tensor<N x height x width x channels>", x);
  }
  return scope.b.shape(x).back();
}

/// What the blocks of all three papers have in common.
struct Inverted {
  int64_t hidden, out, kernel, stride;
  Activation activation;
  Layers excite = {};  ///< between the depthwise and the last convolution
  double drop = 0;
  Decimal epsilon{1, -5}, momentum{1, -1};
};

/// 1 × 1, depthwise, 1 × 1, a block of its own.
Value inverted(Scope& scope, Value x, const Inverted& block) {
  int64_t in = scope.b.shape(x).back();
  auto conv = [&](int64_t out, int64_t kernel, int64_t stride, int64_t groups, Activation act) {
    return ConvBNAct{.out = out,
                     .kernel = kernel,
                     .stride = stride,
                     .padding = (kernel - 1) / 2,
                     .groups = groups,
                     .activation = act,
                     .epsilon = block.epsilon,
                     .momentum = block.momentum};
  };
  Layers body;
  if (block.hidden != in) body.push_back(conv(block.hidden, 1, 1, 1, block.activation));
  body.push_back(conv(block.hidden, block.kernel, block.stride, block.hidden, block.activation));
  body.insert(body.end(), block.excite.begin(), block.excite.end());
  body.push_back(conv(block.out, 1, 1, 1, Activation::none));
  bool shortcut = block.stride == 1 && in == block.out;
  if (shortcut && block.drop > 0) {
    body.push_back(StochasticDepth{.rate = Decimal::of(block.drop)});
  }
  Value y = build_layers(scope, body, x);
  if (!shortcut) return y;
  scope.enter("sum");
  return scope.b.add(y, x, scope.name());
}

/// `repeat` blocks, the first with the stride; block(channels, k, stride) describes number k.
template <class Block>
Value stage(Scope& scope, Value x, int64_t stride, int64_t repeat, Block block) {
  require_range(scope, "repeat", repeat, 1000, x);
  require_range(scope, "stride", stride, largest, x);
  return scope.block([&] {
    for (int64_t k = 0; k < repeat; ++k) {
      scope.enter("block");
      int64_t channels = scope.b.shape(x).back();
      x = scope.block([&] { return inverted(scope, x, block(channels, k, k == 0 ? stride : 1)); });
    }
    return x;
  });
}

/// expand · channels, at most 2^20.
int64_t expanded(const Scope& scope, int64_t expand, Value x) {
  int64_t channels = channels_of(scope, x);
  require_range(scope, "expand", expand,
                std::max<int64_t>(largest / std::max<int64_t>(channels, 1), 1), x);
  return expand * channels;
}

std::string size_text(int64_t kernel, int64_t stride) {
  return std::to_string(kernel) + "×" + std::to_string(kernel) +
         (stride == 1 ? "" : ", stride " + std::to_string(stride));
}

std::string stage_text(int64_t repeat, int64_t out, const std::string& rest) {
  return std::to_string(repeat) + (repeat == 1 ? " block of " : " blocks of ") +
         std::to_string(out) + " channels, " + rest;
}

void require_rate(const Scope& scope, const char* field, const Decimal& rate, double at) {
  if (rate.kind == Decimal::Kind::finite && at >= 0 && at < 1) return;
  throw Error(scope.name() + ": " + field + " is " + rate.text() +
              "; every block's rate must be at least 0 and below 1");
}

/// The multiple of 8 nearest to n, at least 8 and not below n by more than a tenth.
int64_t eights(int64_t n) {
  int64_t rounded = std::max<int64_t>(8, (n + 4) / 8 * 8);
  return 10 * rounded < 9 * n ? rounded + 8 : rounded;
}

}  // namespace

Value DepthwiseConv::build(Scope& scope, Value x) const {
  int64_t channels = channels_of(scope, x);
  require_range(scope, "multiplier", multiplier, largest, x);
  return Conv{.out = channels * multiplier,
              .kernel = kernel,
              .stride = stride,
              .padding = padding,
              .bias = bias,
              .groups = channels}
      .build(scope, x);
}

std::string DepthwiseConv::describe() const {
  return size_text(kernel, stride) +
         (multiplier == 1 ? "" : ", " + std::to_string(multiplier) + " filters a channel") +
         (padding == Padding::same ? "" : ", padding " + std::to_string(padding.each)) +
         (bias ? "" : ", no bias");
}

Value SeparableConv::build(Scope& scope, Value x) const {
  return scope.block([&] {
    return build_layers(
        scope,
        {DepthwiseConv{.kernel = kernel, .stride = stride, .padding = padding, .bias = false},
         Conv{.out = out, .kernel = 1, .bias = bias}},
        x);
  });
}

std::string SeparableConv::describe() const {
  return size_text(kernel, stride) + ", " + std::to_string(out) + " filters" +
         (padding == Padding::same ? "" : ", padding " + std::to_string(padding.each)) +
         (bias ? "" : ", no bias");
}

Value ConvBNAct::build(Scope& scope, Value x) const {
  Conv conv{.out = out,
            .kernel = kernel,
            .stride = stride,
            .padding = padding,
            .bias = false,
            .groups = groups};
  Layers after = activation_layers(activation);
  scope.set_rectified(!after.empty() && is_rectifier(after[0]));
  Value y = conv.build(scope, x);
  scope.b.rename(y, scope.name("conv"));
  y = BatchNorm{.epsilon = epsilon, .momentum = momentum}.build(scope, y);
  if (after.empty()) return y;
  scope.b.rename(y, scope.name("norm"));
  return std::visit([&](const auto& layer) { return layer.build(scope, y); }, after[0].any());
}

std::string ConvBNAct::describe() const {
  return size_text(kernel, stride) + ", " + std::to_string(out) + " filters" +
         (groups == 1 ? "" : ", " + std::to_string(groups) + " groups") +
         (padding == Padding::same ? "" : ", padding " + std::to_string(padding.each)) +
         (activation == Activation::none ? "" : ", " + std::string(to_string(activation)));
}

Value SqueezeExcite::build(Scope& scope, Value x) const {
  int64_t channels = channels_of(scope, x);
  require_range(scope, "squeeze", squeeze, largest, x);
  Layers layers{GlobalAvgPool{}, Dense{.out = squeeze}};
  for (const Layer& layer : activation_layers(activation)) layers.push_back(layer);
  layers.push_back(Dense{.out = channels});
  for (const Layer& layer : activation_layers(gate)) layers.push_back(layer);
  Value scale = scope.block([&] { return build_layers(scope, layers, x); });
  Value scales = scope.b.broadcast(scale, scope.b.shape(x), {0, 3}, scope.name("scales"));
  return scope.b.multiply(x, scales, scope.name());
}

std::string SqueezeExcite::describe() const {
  return "to " + std::to_string(squeeze) + " features, " + std::string(to_string(activation)) +
         ", gate " + std::string(to_string(gate));
}

Value StochasticDepth::build(Scope& scope, Value x) const {
  require_rate(scope, "rate", rate, rate.to_double());
  if (!scope.training() || rate == Decimal(0)) return x;
  Value mask = scope.noise("mask", {scope.b.shape(x)[0]}, 1 - rate.to_double());
  Value masks = scope.b.broadcast(mask, scope.b.shape(x), {0}, scope.name("masks"));
  return scope.b.multiply(x, masks, scope.name());
}

std::string StochasticDepth::describe() const { return "rate " + rate.text(); }

Value InvertedResidual::build(Scope& scope, Value x) const {
  expanded(scope, expand, x);
  require_range(scope, "out", out, largest / expand, x);
  return stage(scope, x, stride, repeat, [&](int64_t channels, int64_t, int64_t s) {
    return Inverted{.hidden = expand * channels,
                    .out = out,
                    .kernel = 3,
                    .stride = s,
                    .activation = activation};
  });
}

std::string InvertedResidual::describe() const {
  return stage_text(repeat, out,
                    "expanded " + std::to_string(expand) + "-fold" +
                        (stride == 1 ? "" : ", stride " + std::to_string(stride)));
}

Value Bneck::build(Scope& scope, Value x) const {
  channels_of(scope, x);
  require_range(scope, "hidden", hidden, largest, x);
  require_range(scope, "kernel", kernel, largest, x);
  SqueezeExcite gate{.squeeze = eights(hidden / 4), .gate = Activation::hard_sigmoid};
  return stage(scope, x, stride, 1, [&](int64_t, int64_t, int64_t s) {
    return Inverted{.hidden = hidden,
                    .out = out,
                    .kernel = kernel,
                    .stride = s,
                    .activation = activation,
                    .excite = excite ? Layers{gate} : Layers{},
                    .epsilon = {1, -3},
                    .momentum = {1, -2}};
  });
}

std::string Bneck::describe() const {
  return size_text(kernel, stride) + ", " + std::to_string(out) + " channels from " +
         std::to_string(hidden) + (excite ? ", excited, " : ", ") +
         std::string(to_string(activation));
}

Value MBConv::build(Scope& scope, Value x) const {
  expanded(scope, expand, x);
  require_range(scope, "out", out, largest / expand, x);
  require_range(scope, "kernel", kernel, largest, x);
  double first = drop.to_double(), more = drop_step.to_double();
  require_rate(scope, "drop", drop, first);
  require_rate(scope, "drop_step", drop_step,
               std::max(more, first + more * static_cast<double>(repeat - 1)));
  return stage(scope, x, stride, repeat, [&](int64_t channels, int64_t k, int64_t s) {
    SqueezeExcite gate{.squeeze = std::max<int64_t>(1, channels / 4),
                       .activation = Activation::swish};
    return Inverted{.hidden = expand * channels,
                    .out = out,
                    .kernel = kernel,
                    .stride = s,
                    .activation = Activation::swish,
                    .excite = {gate},
                    .drop = first + more * static_cast<double>(k)};
  });
}

std::string MBConv::describe() const {
  return stage_text(repeat, out,
                    size_text(kernel, stride) + ", expanded " + std::to_string(expand) + "-fold");
}

}  // namespace pullback
