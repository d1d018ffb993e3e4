#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nn/activations.h"
#include "nn/fields.h"
#include "nn/mobile.h"
#include "nn/scope.h"

/// Layers as a paper's table names them. Activations are channels-last, tensor<N x H x W x C>, or
/// tensor<N x features> after Flatten. Fields are named; one without a default must be given.
/// Each struct has: kind, its name in files, whose count names the layer ("conv2"); equation, for a
/// reader (s: stride, p: padding); fields, which
/// calls field("name", member) for each member, for readers and writers of files; build, which
/// appends the layer's instructions and throws Error if x does not fit; describe, a few words for a
/// table.
namespace pullback {

/// A layer of any kind; defined below.
struct Layer;
using Layers = std::vector<Layer>;

/// y = x * w + b: `out` filters of kernel × kernel × in/groups channels, w of shape [kernel,
/// kernel, in/groups, out]. With groups, filters and input channels fall into as many parts, and a
/// part of the filters sees its part of the channels.
struct Conv {
  static constexpr std::string_view kind = "conv";
  static constexpr std::string_view equation =
      "y[n, i, j, o] = Σ_k,l,c x[n, s·i + k - p, s·j + l - p, c] · w[k, l, c, o] + b[o]";
  Required<int64_t> out;
  Required<int64_t> kernel;
  int64_t stride = 1;
  Padding padding = Padding::same;
  bool bias = true;
  int64_t groups = 1;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("padding", self.padding);
    field("bias", self.bias);
    field("groups", self.groups);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Conv&) const = default;
};

/// y[o] = max over window × window positions, per channel; what is padded never is the largest.
struct MaxPool {
  static constexpr std::string_view kind = "max_pool";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = max over k, l < window of x[n, s·i + k - p, s·j + l - p, c]";
  Required<int64_t> window;
  int64_t stride = 0;  ///< 0: the window's size
  Padding padding = Padding::valid;
  static void fields(auto&& self, auto&& field) {
    field("window", self.window);
    field("stride", self.stride);
    field("padding", self.padding);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const MaxPool&) const = default;
};

/// y[o] = mean over window × window positions, per channel; what is padded counts as 0.
struct AvgPool {
  static constexpr std::string_view kind = "avg_pool";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = 1/window² Σ over k, l < window of x[n, s·i + k - p, s·j + l - p, c]";
  Required<int64_t> window;
  int64_t stride = 0;  ///< 0: the window's size
  Padding padding = Padding::valid;
  static void fields(auto&& self, auto&& field) {
    field("window", self.window);
    field("stride", self.stride);
    field("padding", self.padding);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const AvgPool&) const = default;
};

/// y[n, c] = mean over all positions.
struct GlobalAvgPool {
  static constexpr std::string_view kind = "global_avg_pool";
  static constexpr std::string_view equation = "y[n, c] = 1/(H·W) Σ_i,j x[n, i, j, c]";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "mean over all positions"; }
  bool operator==(const GlobalAvgPool&) const = default;
};

/// [N, H, W, C] -> [N, H·W·C].
struct Flatten {
  static constexpr std::string_view kind = "flatten";
  static constexpr std::string_view equation = "y[n, (i·W + j)·C + c] = x[n, i, j, c]";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "to one axis"; }
  bool operator==(const Flatten&) const = default;
};

/// y = x w + b, w of shape [in, out].
struct Dense {
  static constexpr std::string_view kind = "dense";
  static constexpr std::string_view equation = "y[n, o] = Σ_i x[n, i] · w[i, o] + b[o]";
  Required<int64_t> out;
  bool bias = true;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("bias", self.bias);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Dense&) const = default;
};

/// y = max(0, x), with slope 0 at 0.
struct Relu {
  static constexpr std::string_view kind = "relu";
  static constexpr std::string_view equation = "y = max(0, x)";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "max(0, x)"; }
  bool operator==(const Relu&) const = default;
};

struct TanhLayer {
  static constexpr std::string_view kind = "tanh";
  static constexpr std::string_view equation = "y = tanh(x)";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "tanh(x)"; }
  bool operator==(const TanhLayer&) const = default;
};

/// y = 1/(1 + exp(-x)).
struct Sigmoid {
  static constexpr std::string_view kind = "sigmoid";
  static constexpr std::string_view equation = "y = 1/(1 + exp(-x))";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "1/(1 + exp(-x))"; }
  bool operator==(const Sigmoid&) const = default;
};

/// Normalises every channel over batch and positions, then scales and shifts it: in training with
/// the batch's mean and variance, in evaluation with running ones. A step moves a running statistic
/// by momentum · (the batch's - it); the variance that enters there is the unbiased one, over n - 1
/// (Ioffe and Szegedy, arXiv:1502.03167; momentum as in PyTorch).
struct BatchNorm {
  static constexpr std::string_view kind = "batch_norm";
  static constexpr std::string_view equation =
      "y[.., c] = scale[c] (x[.., c] - mean[c]) / √(variance[c] + ε) + offset[c]";
  Decimal epsilon{1, -5};
  Decimal momentum{1, -1};
  static void fields(auto&& self, auto&& field) {
    field("epsilon", self.epsilon);
    field("momentum", self.momentum);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const BatchNorm&) const = default;
};

/// In training, every element is 0 with probability `rate`, else divided by 1 - rate; in evaluation
/// the layer does nothing (Srivastava et al., JMLR 2014). The mask is an argument of the step.
struct Dropout {
  static constexpr std::string_view kind = "dropout";
  static constexpr std::string_view equation = "y = x · mask, mask 0 or 1/(1 - rate)";
  Decimal rate{5, -1};
  static void fields(auto&& self, auto&& field) { field("rate", self.rate); }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Dropout&) const = default;
};

/// Convolution without bias, batch norm and, if `relu`, a rectifier.
struct ConvBN {
  static constexpr std::string_view kind = "conv_bn";
  static constexpr std::string_view equation = "y = relu(batch_norm(x * w))";
  Required<int64_t> out;
  Required<int64_t> kernel;
  int64_t stride = 1;
  Padding padding = Padding::same;
  bool relu = true;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("kernel", self.kernel);
    field("stride", self.stride);
    field("padding", self.padding);
    field("relu", self.relu);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const ConvBN&) const = default;
};

/// Residual blocks of two 3 × 3 convolutions, `repeat` of them, the first with the stride (He et
/// al., arXiv:1512.03385, figure 5 left). Where the shape changes, the shortcut is a 1 × 1
/// convolution with batch norm.
struct BasicBlock {
  static constexpr std::string_view kind = "basic_block";
  static constexpr std::string_view equation =
      "y = relu(conv_bn(conv_bn(x)) + shortcut(x)), repeated";
  Required<int64_t> out;
  int64_t stride = 1;
  int64_t repeat = 1;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("stride", self.stride);
    field("repeat", self.repeat);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const BasicBlock&) const = default;
};

/// Residual blocks 1 × 1, 3 × 3, 1 × 1 with out/4 channels in between (figure 5 right), the stride
/// in the 3 × 3 convolution of the first ("v1.5").
struct Bottleneck {
  static constexpr std::string_view kind = "bottleneck";
  static constexpr std::string_view equation =
      "y = relu(conv_bn(conv_bn(conv_bn(x))) + shortcut(x)), repeated";
  Required<int64_t> out;  ///< a multiple of 4
  int64_t stride = 1;
  int64_t repeat = 1;
  static void fields(auto&& self, auto&& field) {
    field("out", self.out);
    field("stride", self.stride);
    field("repeat", self.repeat);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Bottleneck&) const = default;
};

/// The layers, `times` times one after another, each time with parameters of their own.
struct Repeat {
  static constexpr std::string_view kind = "repeat";
  static constexpr std::string_view equation = "y = f_times(… f_1(x))";
  Required<int64_t> times;
  Layers layers;
  static void fields(auto&& self, auto&& field) {
    field("times", self.times);
    field("layers", self.layers);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const Repeat& other) const;
};

/// What each of the branches makes of x, joined; a branch without layers is x itself.
struct Branches {
  std::vector<Layers> branches;
  static void fields(auto&& self, auto&& field) { field("branches", self.branches); }
  std::string describe() const;
  bool operator==(const Branches& other) const;

 protected:
  Values build_all(Scope& scope, Value x) const;
};
/// The sum of branches of one shape: a residual connection.
struct AddBranches : Branches {
  static constexpr std::string_view kind = "add";
  static constexpr std::string_view equation = "y = f_1(x) + … + f_n(x)";
  Value build(Scope& scope, Value x) const;
};
/// The product of branches; one of [N, C] or [N, 1, 1, C] spreads over the positions of the others.
struct MultiplyBranches : Branches {
  static constexpr std::string_view kind = "multiply";
  static constexpr std::string_view equation = "y = f_1(x) · … · f_n(x)";
  Value build(Scope& scope, Value x) const;
};
/// The branches side by side, along the channels.
struct ConcatenateBranches : Branches {
  static constexpr std::string_view kind = "concatenate";
  static constexpr std::string_view equation = "y = [f_1(x), …, f_n(x)] along the channels";
  Value build(Scope& scope, Value x) const;
};

using LayerVariant =
    std::variant<Conv, MaxPool, AvgPool, GlobalAvgPool, Flatten, Dense, Relu, TanhLayer, Sigmoid,
                 BatchNorm, Dropout, ConvBN, BasicBlock, Bottleneck, Repeat, AddBranches,
                 MultiplyBranches, ConcatenateBranches,
                 // activations.h
                 Relu6, HardSigmoid, SwishLayer, HardSwish, GeluLayer,
                 // mobile.h
                 DepthwiseConv, SeparableConv, ConvBNAct, SqueezeExcite, StochasticDepth,
                 InvertedResidual, Bneck, MBConv>;
/// Every layer there is.
struct Layer : LayerVariant {
  using LayerVariant::variant;
  const LayerVariant& any() const { return *this; }
  LayerVariant& any() { return *this; }
  bool operator==(const Layer& other) const { return any() == other.any(); }
};

inline std::string_view kind_of(const Layer& layer) {
  return std::visit([](const auto& l) { return l.kind; }, layer.any());
}
/// The layers one after another, entered in the scope. Errors begin with the layer's name.
Value build_layers(Scope& scope, const Layers& layers, Value x);
/// Enters and builds one layer; `next` follows it, or null.
Value build_layer(Scope& scope, const Layer& layer, const Layer* next, Value x);

/// The activation as layers: one, or none.
Layers activation_layers(Activation activation);

/// Whether a rectifier or its like follows a layer decides how its weights are initialised.
bool is_rectifier(const Layer& layer);

}  // namespace pullback
