#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/model.h"

namespace pullback {

struct GradientOptions {
  int64_t samples = 4;  ///< entries of each parameter
  uint64_t seed = 1;
  /// Called after each parameter, with the number of those done.
  std::function<void(size_t)> progress = [](size_t) {};
};

/// The gradient of one parameter tensor against finite differences of the loss. Errors are relative
/// to the tensor's largest gradient.
struct GradientCheck {
  static constexpr double tolerance = 1e-6;
  std::string parameter;
  Type type;
  double largest = 0;          ///< the largest |gradient|
  int64_t samples = 0;         ///< entries compared
  int64_t kinks = 0;           ///< entries left out: the loss has a kink there
  double entry_error = 0;      ///< the worst of the entries
  double direction_error = 0;  ///< along a random direction, which moves all entries at once
  bool direction_kink = false;

  bool passed() const;
};

/// Arguments for the model's graph in f64: parameters as in training, but with biases that are not
/// 0; random images and labels.
std::vector<Tensor> random_arguments(const Model& model, uint64_t seed);

/// Compares, in f64, the gradient of the lowered train step that `model` gets with central
/// differences (f(θ + h u) - f(θ - h u)) / 2h of the forward graph's loss, u one entry or a random
/// direction, at random_arguments(). An entry whose one-sided differences disagree and enclose the
/// gradient sits on a kink, such as a ReLU's: no difference says what the gradient is there.
std::vector<GradientCheck> check_gradients(const Model& model, const GradientOptions& options);

}  // namespace pullback
