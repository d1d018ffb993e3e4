#pragma once

#include <string>
#include <string_view>

#include "nn/activations.h"
#include "nn/fields.h"

/// The layers and blocks of the mobile networks: depthwise convolutions, squeeze-and-excitation,
/// inverted residuals. Blocks of a stage repeat as BasicBlock does (layers.h): the first has the
/// stride. Their depthwise convolutions are padded by (kernel - 1)/2 on every side; their shortcut
/// is x itself, where stride and channels allow it.
namespace pullback {

/// Every channel convolved with `multiplier` kernels of its own: w of shape [kernel, kernel, 1, in
/// · multiplier]. As a matrix it is Toeplitz in the positions and diagonal in the channels.
struct DepthwiseConv {
  static constexpr std::string_view kind = "depthwise_conv";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = Σ_k,l x[n, s·i + k - p, s·j + l - p, c / multiplier] · w[k, l, 0, c] + b[c]";
  Required<int64_t> kernel;
  int64_t stride = 1;
  Padding padding = Padding::same;
  int64_t multiplier = 1;
  bool bias = true;
  static void fields(auto&& self, auto&& field) {
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("padding", self.padding);
    field("multiplier", self.multiplier);
    field("bias", self.bias);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const DepthwiseConv&) const = default;
};

/// A depthwise convolution without bias, then one of 1 × 1 that mixes the channels.
struct SeparableConv {
  static constexpr std::string_view kind = "separable_conv";
  static constexpr std::string_view equation = "y = conv_1×1(depthwise_conv(x))";
  Required<int64_t> out;
  Required<int64_t> kernel;
  int64_t stride = 1;
  Padding padding = Padding::same;
  bool bias = true;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("padding", self.padding);
    field("bias", self.bias);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const SeparableConv&) const = default;
};

/// Convolution without bias, batch norm and an activation.
struct ConvBNAct {
  static constexpr std::string_view kind = "conv_bn_act";
  static constexpr std::string_view equation = "y = activation(batch_norm(x * w))";
  Required<int64_t> out;
  Required<int64_t> kernel;
  int64_t stride = 1;
  Padding padding = Padding::same;
  int64_t groups = 1;
  Activation activation = Activation::relu6;
  Decimal epsilon{1, -5};
  Decimal momentum{1, -1};
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("padding", self.padding);
    field("groups", self.groups);
    field("activation", self.activation);
    field("epsilon", self.epsilon);
    field("momentum", self.momentum);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const ConvBNAct&) const = default;
};

/// Scales every channel by a gate that all channels' means decide (Hu et al., arXiv:1709.01507): x
/// is a factor and, by its means, in the other factor: the product rule.
struct SqueezeExcite {
  static constexpr std::string_view kind = "squeeze_excite";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = x[n, i, j, c] · gate(dense2(activation(dense1(mean x))))[n, c]";
  Required<int64_t> squeeze;  ///< features between the dense layers
  Activation activation = Activation::relu;
  Activation gate = Activation::sigmoid;
  static void fields(auto&& self, auto&& field) {
    field("squeeze", self.squeeze);
    field("activation", self.activation);
    field("gate", self.gate);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const SqueezeExcite&) const = default;
};

/// In training, every row of the batch is 0 with probability `rate`, else divided by 1 - rate; in
/// evaluation the layer does nothing (Huang et al., arXiv:1603.09382). The last of a residual
/// branch, it drops the branch. The mask is an argument of the step.
struct StochasticDepth {
  static constexpr std::string_view kind = "stochastic_depth";
  static constexpr std::string_view equation =
      "y[n, ..] = x[n, ..] · mask[n], mask 0 or 1/(1 - rate)";
  Decimal rate{2, -1};
  static void fields(auto&& self, auto&& field) { field("rate", self.rate); }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const StochasticDepth&) const = default;
};

/// Blocks of MobileNetV2 (Sandler et al., arXiv:1801.04381, table 2; expand, out, repeat and stride
/// are its t, c, n and s): 1 × 1 to expand · in channels, depthwise 3 × 3, 1 × 1 to `out` without
/// activation.
struct InvertedResidual {
  static constexpr std::string_view kind = "inverted_residual";
  static constexpr std::string_view equation =
      "y = conv_bn(relu6(depthwise_bn(relu6(conv_bn(x))))) + x, repeated";
  Required<int64_t> out;
  Required<int64_t> expand;  ///< 1: no first convolution
  int64_t stride = 1;
  int64_t repeat = 1;
  Activation activation = Activation::relu6;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("expand", self.expand);
    field("stride", self.stride);
    field("repeat", self.repeat);
    field("activation", self.activation);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const InvertedResidual&) const = default;
};

/// A block of MobileNetV3 (Howard et al., arXiv:1905.02244, table 1; hidden is its exp size):
/// inverted residual, if `excite` with squeeze-and-excitation by a hard sigmoid to a quarter of the
/// hidden channels, rounded to eights. Batch norm with ε 1e-3 and momentum 1e-2.
struct Bneck {
  static constexpr std::string_view kind = "bneck";
  static constexpr std::string_view equation =
      "y = conv_bn(squeeze_excite(act(depthwise_bn(act(conv_bn(x)))))) + x";
  Required<int64_t> out;
  Required<int64_t> hidden;
  int64_t kernel = 3;
  int64_t stride = 1;
  bool excite = false;
  Activation activation = Activation::hard_swish;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("hidden", self.hidden);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("excite", self.excite);
    field("activation", self.activation);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Bneck&) const = default;
};

/// Blocks of EfficientNet (Tan and Le, arXiv:1905.11946, table 1): inverted residuals with swish
/// and squeeze-and-excitation to a quarter of the block's input channels. A block with a shortcut
/// is dropped with probability `drop`, and each next one with `drop_step` more.
struct MBConv {
  static constexpr std::string_view kind = "mbconv";
  static constexpr std::string_view equation =
      "y = drop(conv_bn(squeeze_excite(swish(depthwise_bn(swish(conv_bn(x))))))) + x, repeated";
  Required<int64_t> out;
  Required<int64_t> expand;  ///< 1: no first convolution
  int64_t kernel = 3;
  int64_t stride = 1;
  int64_t repeat = 1;
  Decimal drop = 0;
  Decimal drop_step = 0;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("expand", self.expand);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("repeat", self.repeat);
    field("drop", self.drop);
    field("drop_step", self.drop_step);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const MBConv&) const = default;
};

}  // namespace pullback
