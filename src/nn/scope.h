#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/builder.h"

namespace pullback {

/// How a parameter or a running statistic starts.
struct Initializer {
  enum class Kind : uint8_t { zeros, ones, normal };
  Kind kind = Kind::zeros;
  double deviation = 0;  ///< standard deviation of the normal distribution
  bool operator==(const Initializer&) const = default;
};

struct Parameter {
  std::string name;
  Type type;
  Initializer initializer;
};

/// An argument that is drawn anew for every step: independent elements, 1/keep with probability
/// `keep`, else 0.
struct Noise {
  std::string name;
  Type type;
  double keep = 1;
};

/// The arguments that the layers of a network ask for, in the order in which they do.
struct Declarations {
  std::vector<Parameter> parameters;  ///< trained
  std::vector<Parameter> statistics;  ///< running: a training step returns their new values
  std::vector<Noise> noise;           ///< in training alone
};

enum class Mode : uint8_t { training, evaluation };

/// What layers build with: a builder, the name of the layer that is being built, and its
/// parameters. A network is built twice: first `declaring`, on a graph of its own, to learn the
/// parameters and their order; then on the real graph, whose arguments they are: parameters,
/// statistics, images, labels, noise.
class Scope {
 public:
  Scope(Builder& builder, Declarations& declared, Mode mode, bool declaring)
      : b(builder), declared_(declared), mode_(mode), declaring_(declaring) {}

  bool training() const { return mode_ == Mode::training; }
  /// Enters the next layer of this kind: "conv1", "conv2", …, within a block "block1.conv1".
  const std::string& enter(std::string_view kind);
  /// The name of the current layer, or of a part of it: "conv1", "conv1.product".
  const std::string& name() const { return name_; }
  std::string name(std::string_view part) const { return name_ + "." + std::string(part); }
  /// Makes the current layer a block: layers that `inside` enters are named within it.
  template <class F>
  auto block(F inside) {
    std::string outer = std::exchange(prefix_, name_ + "."), name = name_;
    auto result = inside();
    prefix_ = std::move(outer);
    name_ = std::move(name);
    return result;
  }

  /// The layer's parameter `part` of that shape and start.
  Value parameter(std::string_view part, const Shape& shape, Initializer initializer);
  /// Its running statistic `part`.
  Value statistic(std::string_view part, const Shape& shape, Initializer initializer);
  /// What a step makes of the statistic that was asked for last but `back`; in training.
  void update(size_t back, Value value);
  /// Its noise `part`; in training.
  Value noise(std::string_view part, const Shape& shape, double keep);
  /// The new values of all statistics, in order.
  const Values& updates() const { return updates_; }

  /// Normal with variance gain / fan_in: gain 2 before a rectifier (He et al., arXiv:1502.01852),
  /// else 1 (LeCun et al., Efficient BackProp, 1998).
  Initializer fan_in(int64_t fan_in) const;
  void set_rectified(bool rectified) { rectified_ = rectified; }

  Builder& b;

 private:
  Value stand_in(const Type& type, std::string_view part);

  Declarations& declared_;
  Mode mode_;
  bool declaring_;
  bool rectified_ = false;
  size_t entered_ = 0;                  ///< layers so far
  size_t parameters_ = 0, noises_ = 0;  ///< given so far
  Values updates_;                      ///< one for each statistic given so far
  std::string name_, prefix_;
  std::map<std::string, int, std::less<>> counts_;
};

}  // namespace pullback
