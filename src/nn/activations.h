#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/scope.h"

/// Elementwise layers. Each is a layer of its own, and an Activation for the blocks that have one
/// inside.
namespace pullback {

/// What follows a convolution or a dense layer inside a block; its name in files is that of the
/// layer: "none", "relu6", "hard_swish".
enum class Activation : uint8_t {
  none,
  relu,
  relu6,
  swish,
  hard_swish,
  gelu,
  sigmoid,
  hard_sigmoid,
  tanh
};
std::string_view to_string(Activation activation);
std::optional<Activation> activation_named(std::string_view name);
std::vector<std::string> activation_names();

/// y = min(max(0, x), 6), with slope 0 at 0 and at 6 (Howard et al., arXiv:1704.04861).
struct Relu6 {
  static constexpr std::string_view kind = "relu6";
  static constexpr std::string_view equation = "y = min(max(0, x), 6)";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "min(max(0, x), 6)"; }
  bool operator==(const Relu6&) const = default;
};

/// y = relu6(x + 3)/6: a sigmoid of three straight pieces (Howard et al., arXiv:1905.02244).
struct HardSigmoid {
  static constexpr std::string_view kind = "hard_sigmoid";
  static constexpr std::string_view equation = "y = min(max(0, x + 3), 6)/6";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "min(max(0, x + 3), 6)/6"; }
  bool operator==(const HardSigmoid&) const = default;
};

/// y = x · sigmoid(x), also called SiLU (Ramachandran et al., arXiv:1710.05941).
struct SwishLayer {
  static constexpr std::string_view kind = "swish";
  static constexpr std::string_view equation = "y = x/(1 + exp(-x))";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "x/(1 + exp(-x))"; }
  bool operator==(const SwishLayer&) const = default;
};

/// y = x Φ(x), with Φ the normal distribution function (Hendrycks and Gimpel, arXiv:1606.08415); if
/// `approximate`, its approximation x (1 + tanh(√(2/π) (x + 0.044715 x³)))/2.
struct GeluLayer {
  static constexpr std::string_view kind = "gelu";
  static constexpr std::string_view equation = "y = x (1 + erf(x/√2))/2";
  bool approximate = false;
  static void fields(auto&& self, auto&& field) { field("approximate", self.approximate); }
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return approximate ? "approximated by tanh" : "x Φ(x)"; }
  bool operator==(const GeluLayer&) const = default;
};

/// y = x · hard_sigmoid(x) (Howard et al., arXiv:1905.02244).
struct HardSwish {
  static constexpr std::string_view kind = "hard_swish";
  static constexpr std::string_view equation = "y = x · min(max(0, x + 3), 6)/6";
  static void fields(auto&&, auto&&) {}
  Value build(Scope& scope, Value x) const;
  std::string describe() const { return "x · min(max(0, x + 3), 6)/6"; }
  bool operator==(const HardSwish&) const = default;
};

}  // namespace pullback
