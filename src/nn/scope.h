#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/builder.h"

namespace pullback {

/// How a parameter starts.
struct Initializer {
  enum class Kind : uint8_t { zeros, normal };
  Kind kind = Kind::zeros;
  double deviation = 0;  ///< standard deviation of the normal distribution
  bool operator==(const Initializer&) const = default;
};

struct Parameter {
  std::string name;
  Type type;
  Initializer initializer;
};

/// What layers build with: a builder, the name of the layer that is being built, and its
/// parameters. A network is built twice: first `declaring`, on a graph of its own, to learn the
/// parameters and their order; then on the real graph, whose first arguments they are.
class Scope {
 public:
  Scope(Builder& builder, std::vector<Parameter>& parameters, bool declaring)
      : b(builder), parameters_(parameters), declaring_(declaring) {}

  /// Enters the next layer of this kind: "conv1", "conv2", ….
  const std::string& enter(std::string_view kind);
  /// The name of the current layer, or of a part of it: "conv1", "conv1.product".
  const std::string& name() const { return name_; }
  std::string name(std::string_view part) const { return name_ + "." + std::string(part); }

  /// The layer's parameter `part` of that shape and start.
  Value parameter(std::string_view part, const Shape& shape, Initializer initializer);
  /// Normal with variance gain / fan_in: gain 2 before a rectifier (He et al., arXiv:1502.01852),
  /// else 1 (LeCun et al., Efficient BackProp, 1998).
  Initializer fan_in(int64_t fan_in) const;
  void set_rectified(bool rectified) { rectified_ = rectified; }

  Builder& b;

 private:
  std::vector<Parameter>& parameters_;
  bool declaring_;
  bool rectified_ = false;
  size_t next_ = 0;
  std::string name_;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace pullback
