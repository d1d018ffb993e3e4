#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "nn/model.h"
#include "train/step.h"

namespace pullback::test {

/// The largest |a - b| relative to the largest |b|, or to `scale` if that is larger.
inline double relative_error(const Tensor& a, const Tensor& b, double scale = 1e-30) {
  double error = 0;
  for (int64_t i = 0; i < a.count(); ++i) {
    if (!std::isfinite(a.at(i))) return INFINITY;
    error = std::max(error, std::abs(a.at(i) - b.at(i)));
    scale = std::max(scale, std::abs(b.at(i)));
  }
  return error / scale;
}

/// Parameters, zero state, a learning rate of 0.001 and a random
/// batch.
inline std::vector<Tensor> step_arguments(const Model& model, const TrainStep& step,
                                          uint64_t seed) {
  std::vector<Tensor> in = initial_parameters(model, seed);
  Random random(seed, "batch");
  for (size_t i = in.size(); i < step.graph.arguments.size(); ++i) {
    Tensor t(step.graph.arguments[i].type);
    for (int64_t k = 0; k < t.count(); ++k) {
      double value = random.normal();
      if (i < step.batch_begin()) value = 0;
      if (i == step.learning_rate()) value = 1e-3;
      if (i == step.number()) value = 100;
      if (t.element() == ElementType::i32) value = static_cast<double>(random.below(10));
      t.set(k, value);
    }
    in.push_back(t);
  }
  return in;
}

}  // namespace pullback::test
