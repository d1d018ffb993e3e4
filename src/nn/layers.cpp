#include "nn/layers.h"

#include <algorithm>

namespace pullback {

namespace {

[[noreturn]] void reject(const Scope& scope, const std::string& what, Value x) {
  throw Error(scope.name() + ": " + what + "\n  input '" + scope.b.name(x) + "'  " +
              scope.b.type(x).text());
}

/// Sizes stay below a million so that no product of a few of them overflows.
constexpr int64_t largest = 1 << 20;

void require_positive(const Scope& scope, const char* field, int64_t value, Value x) {
  if (value >= 1 && value <= largest) return;
  reject(scope,
         std::string(field) + " is " + std::to_string(value) +
             (value < 1 ? "; it must be at least 1" : "; at most 1048576 are possible"),
         x);
}

void require_images(const Scope& scope, Value x) {
  if (scope.b.type(x).rank() != 4) {
    reject(scope, "needs images, tensor<N x height x width x channels>", x);
  }
}

/// b broadcast along the last axis and added to y; `name` names the sum.
Value add_bias(Scope& scope, Value y, const std::string& name) {
  Builder& b = scope.b;
  int64_t axis = b.type(y).rank() - 1;
  Value bias = scope.parameter("bias", {b.shape(y).back()}, {});
  Value spread = b.broadcast(bias, b.shape(y), {axis}, scope.name("biases"));
  return b.add(y, spread, name);
}

/// Padding (low, high); `same` gives ceil(extent / stride) outputs, the odd one at the end.
std::pair<int64_t, int64_t> padding_of(const Padding& padding, int64_t extent, int64_t kernel,
                                       int64_t stride) {
  if (padding != Padding::same) return {padding.each, padding.each};
  int64_t outputs = (extent + stride - 1) / stride;
  int64_t total = std::max<int64_t>((outputs - 1) * stride + kernel - extent, 0);
  return {total / 2, total - total / 2};
}

Value pool(Scope& scope, Value x, Reduction kind, int64_t size, int64_t stride,
           const Padding& padding, const std::string& name) {
  require_images(scope, x);
  require_positive(scope, "window", size, x);
  require_positive(scope, "stride", stride, x);
  const Shape& shape = scope.b.shape(x);
  WindowDimension one{};
  std::vector<WindowDimension> window{one, one, one, one};
  for (size_t axis : {1u, 2u}) {
    auto [low, high] = padding_of(padding, shape[axis], size, stride);
    if (size > shape[axis] + low + high) {
      reject(scope, "the window of " + std::to_string(size) + " is larger than the image", x);
    }
    if (std::max(low, high) >= size) {
      reject(scope,
             "the padding of " + std::to_string(std::max(low, high)) +
                 " leaves windows of nothing; it must be smaller than the window",
             x);
    }
    window[axis] = {.size = size, .stride = stride, .padding_low = low, .padding_high = high};
  }
  return scope.b.emit(ReduceWindow{.kind = kind, .window = window}, {x}, name);
}

/// x divided by a count.
Value divide_by(Scope& scope, Value x, int64_t count) {
  Value divisor = scope.b.constant(scope.b.type(x), count, scope.name("count"));
  return scope.b.divide(x, divisor, scope.name());
}

std::string window_text(int64_t window, int64_t stride) {
  return std::to_string(window) + "×" + std::to_string(window) + ", stride " +
         std::to_string(stride);
}

/// Nothing for `valid`.
std::string padding_text(const Padding& padding) {
  if (padding == Padding::valid) return "";
  return ", padding " + (padding == Padding::same ? "same" : std::to_string(padding.each));
}

}  // namespace

Value Conv::build(Scope& scope, Value x) const {
  require_images(scope, x);
  require_positive(scope, "out", out, x);
  require_positive(scope, "kernel", kernel, x);
  require_positive(scope, "stride", stride, x);
  require_positive(scope, "groups", groups, x);
  if (padding != Padding::same && padding != Padding::valid) {
    require_positive(scope, "padding", padding.each, x);
  }
  Shape in = scope.b.shape(x);
  for (auto [what, count] : {std::pair{"input channels", in[3]}, {"filters", int64_t{out}}}) {
    if (count % groups == 0) continue;
    reject(scope,
           std::to_string(count) + " " + what + " do not fall into " + std::to_string(groups) +
               " groups of equal size",
           x);
  }
  Convolution conv{.dimensions = {.input_batch = 0,
                                  .input_feature = 3,
                                  .input_spatial = {1, 2},
                                  .kernel_input_feature = 2,
                                  .kernel_output_feature = 3,
                                  .kernel_spatial = {0, 1},
                                  .output_batch = 0,
                                  .output_feature = 3,
                                  .output_spatial = {1, 2}},
                   .window = {},
                   .feature_group_count = groups};
  for (size_t axis : {1u, 2u}) {
    auto [low, high] = padding_of(padding, in[axis], kernel, stride);
    if (in[axis] + low + high < kernel) {
      reject(scope, "the kernel of " + std::to_string(kernel) + " is larger than the padded image",
             x);
    }
    conv.window.push_back({.stride = stride, .padding_low = low, .padding_high = high});
  }
  int64_t channels = in[3] / groups;
  Value weight = scope.parameter("weight", {kernel, kernel, channels, out},
                                 scope.fan_in(kernel * kernel * channels));
  Value y = scope.b.emit(conv, {x, weight}, bias ? scope.name("product") : scope.name());
  return bias ? add_bias(scope, y, scope.name()) : y;
}

std::string Conv::describe() const {
  return window_text(kernel, stride) + ", " + std::to_string(out) + " filters" +
         (padding == Padding::same ? "" : ", padding " + std::to_string(padding.each)) +
         (groups == 1 ? "" : ", " + std::to_string(groups) + " groups") + (bias ? "" : ", no bias");
}

Value MaxPool::build(Scope& scope, Value x) const {
  return pool(scope, x, Reduction::max, window, stride == 0 ? int64_t{window} : stride, padding,
              scope.name());
}

std::string MaxPool::describe() const {
  return window_text(window, stride == 0 ? int64_t{window} : stride) + padding_text(padding);
}

Value AvgPool::build(Scope& scope, Value x) const {
  Value sum = pool(scope, x, Reduction::add, window, stride == 0 ? int64_t{window} : stride,
                   padding, scope.name("sum"));
  return divide_by(scope, sum, window * window);
}

std::string AvgPool::describe() const {
  return window_text(window, stride == 0 ? int64_t{window} : stride) + padding_text(padding);
}

Value GlobalAvgPool::build(Scope& scope, Value x) const {
  require_images(scope, x);
  Shape in = scope.b.shape(x);
  return divide_by(scope, scope.b.reduce(Reduction::add, x, {1, 2}, scope.name("sum")),
                   in[1] * in[2]);
}

Value Flatten::build(Scope& scope, Value x) const {
  const Shape& in = scope.b.shape(x);
  int64_t features = 1;
  for (size_t axis = 1; axis < in.size(); ++axis) features *= in[axis];
  return scope.b.reshape(x, {in[0], features}, scope.name());
}

Value Dense::build(Scope& scope, Value x) const {
  if (scope.b.type(x).rank() != 2) {
    reject(scope, "needs one axis of features; put a flatten before it", x);
  }
  require_positive(scope, "out", out, x);
  int64_t in = scope.b.shape(x)[1];
  Value weight = scope.parameter("weight", {in, out}, scope.fan_in(in));
  DotGeneral dot{.lhs_batching_dimensions = {},
                 .rhs_batching_dimensions = {},
                 .lhs_contracting_dimensions = {1},
                 .rhs_contracting_dimensions = {0}};
  Value y = scope.b.emit(dot, {x, weight}, bias ? scope.name("product") : scope.name());
  return bias ? add_bias(scope, y, scope.name()) : y;
}

std::string Dense::describe() const {
  return std::to_string(out) + " features" + (bias ? "" : ", no bias");
}

Value Relu::build(Scope& scope, Value x) const {
  // The zero comes first: at a tie it takes the cotangent, so the slope at 0 is 0.
  Value zero = scope.b.constant(scope.b.type(x), 0, scope.name("zero"));
  return scope.b.maximum(zero, x, scope.name());
}

Value TanhLayer::build(Scope& scope, Value x) const {
  return scope.b.emit(Tanh{}, {x}, scope.name());
}

Value Sigmoid::build(Scope& scope, Value x) const {
  return scope.b.emit(Logistic{}, {x}, scope.name());
}

}  // namespace pullback
