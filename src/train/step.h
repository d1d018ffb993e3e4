#pragma once

#include "autodiff/backward.h"
#include "train/optimizer.h"

namespace pullback {

/// One training step as a pure function:
///   (parameters…, optimizer state…, learning_rate, batch…)
///     -> (new parameters…, new optimizer state…, loss, metrics…)
/// The first `parameters + state` results are the new values of the first arguments, in order.
struct TrainStep {
  Graph graph;  ///< composites not yet lowered; print lower(graph)
  size_t parameters = 0;
  size_t state = 0;  ///< optimizer state tensors: parameter by parameter, in state_of()'s order
  Values gradients;  ///< of the parameters, in order; Value{} where the loss does not depend on it
  Backward backward;
  size_t forward_instrs = 0;  ///< the instructions before the walk's
  Value loss;

  size_t kept() const { return parameters + state; }
  size_t learning_rate() const { return kept(); }    ///< argument index
  size_t batch_begin() const { return kept() + 1; }  ///< first batch argument
};

/// Adds backward pass and optimizer to `forward`, whose first `parameters` arguments are the
/// parameters and whose first result is the loss, a floating-point scalar; its other results are
/// metrics. The state of parameter w is the argument "w$velocity" (and so on).
TrainStep make_train_step(const Graph& forward, size_t parameters, const Optimizer& optimizer);

}  // namespace pullback
