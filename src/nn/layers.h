#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nn/scope.h"

/// Layers as a paper's table names them. Activations are channels-last, tensor<N x H x W x C>, or
/// tensor<N x features> after Flatten. Fields are named; one without a default must be given.
/// Each struct has: kind, its name in files, whose count names the layer ("conv2"); equation, for a
/// reader (s: stride, p: padding); fields, which
/// calls field("name", member) for each member, for readers and writers of files; build, which
/// appends the layer's instructions and throws Error if x does not fit; describe, a few words for a
/// table.
namespace pullback {

/// A field that has no default: leaving it out does not compile.
template <class T>
struct Required {
  T value;
  Required() = delete;
  constexpr Required(T v) : value(v) {}  // NOLINT: written as a plain value
  constexpr operator T() const { return value; }
  bool operator==(const Required&) const = default;
};

/// Zeros around an image: as many as keep ceil(extent / stride) outputs, the odd one at the end;
/// none; or a number on every side: Padding::same, Padding::valid, 2.
struct Padding {
  int64_t each;  ///< on every side; -1: same
  static const Padding same, valid;
  constexpr Padding(int64_t each) : each(each) {}  // NOLINT: written as a plain number
  bool operator==(const Padding&) const = default;
};
inline constexpr Padding Padding::same{-1};
inline constexpr Padding Padding::valid{0};

/// y = x * w + b: `out` filters of kernel × kernel × in channels, w of shape [kernel, kernel, in,
/// out].
struct Conv {
  static constexpr std::string_view kind = "conv";
  static constexpr std::string_view equation =
      "y[n, i, j, o] = Σ_k,l,c x[n, s·i + k - p, s·j + l - p, c] · w[k, l, c, o] + b[o]";
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
  bool operator==(const Conv&) const = default;
};

/// y[o] = max over window × window positions, per channel; no padding.
struct MaxPool {
  static constexpr std::string_view kind = "max_pool";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = max over k, l < window of x[n, s·i + k, s·j + l, c]";
  Required<int64_t> window;
  int64_t stride = 0;  ///< 0: the window's size
  static void fields(auto&& self, auto&& field) {
    field("window", self.window);
    field("stride", self.stride);
  }
  Value build(Scope& scope, Value x) const;
  std::string describe() const;
  bool operator==(const MaxPool&) const = default;
};

/// y[o] = mean over window × window positions, per channel; no padding.
struct AvgPool {
  static constexpr std::string_view kind = "avg_pool";
  static constexpr std::string_view equation =
      "y[n, i, j, c] = 1/window² Σ over k, l < window of x[n, s·i + k, s·j + l, c]";
  Required<int64_t> window;
  int64_t stride = 0;  ///< 0: the window's size
  static void fields(auto&& self, auto&& field) {
    field("window", self.window);
    field("stride", self.stride);
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

/// Every layer there is.
using Layer =
    std::variant<Conv, MaxPool, AvgPool, GlobalAvgPool, Flatten, Dense, Relu, TanhLayer, Sigmoid>;

inline std::string_view kind_of(const Layer& layer) {
  return std::visit([](const auto& l) { return l.kind; }, layer);
}

/// Whether the layer is followed by a rectifier decides how its weights are initialised.
inline bool is_rectifier(const Layer& layer) { return std::holds_alternative<Relu>(layer); }

}  // namespace pullback
