#pragma once

#include <optional>

#include "autodiff/backward.h"
#include "train/optimizer.h"

namespace pullback {

/// One training step as a pure function:
///   (parameters…, optimizer state…, statistics…, learning_rate[, step], batch…)
///     -> (new parameters…, new optimizer state…, new statistics…, loss, metrics…)
/// The first kept() results are the new values of the first arguments, in order.
struct TrainStep {
  Graph graph;  ///< composites not yet lowered; print lower(graph)
  size_t parameters = 0;
  size_t state = 0;  ///< optimizer state tensors: parameter by parameter, in state_of()'s order
  size_t statistics = 0;  ///< running statistics, say of batch norm
  size_t scalars = 1;     ///< the learning rate, for Adam the step's number, "apply" of parts
  bool numbered = false, in_parts = false;  ///< whether these two are there
  /// The place among a parameter's states of its running average.
  std::optional<size_t> average_state;
  Values gradients;  ///< of the parameters, in order; Value{} where the loss does not depend on it
  Backward backward;
  size_t forward_instrs = 0;  ///< the instructions before the walk's
  Value loss;

  size_t kept() const { return parameters + state + statistics; }
  size_t learning_rate() const { return kept(); }          ///< argument index
  size_t batch_begin() const { return kept() + scalars; }  ///< first batch argument
  /// The argument that gets the step's number, 1 for the first one, where the optimizer asks for
  /// it.
  std::optional<size_t> number() const {
    return numbered ? std::optional(kept() + 1) : std::nullopt;
  }
  /// The argument that is not 0 of the last part of a batch, where it comes in parts.
  std::optional<size_t> apply() const {
    return in_parts ? std::optional(kept() + scalars - 1) : std::nullopt;
  }
  /// The argument with the running average of parameter p.
  std::optional<size_t> average(size_t p) const {
    if (!average_state) return std::nullopt;
    return parameters + p * (state / parameters) + *average_state;
  }
};

/// Adds backward pass and optimizer to `forward`, whose first `parameters` arguments are the
/// parameters and whose first result is the loss, a floating-point scalar; its other results are
/// metrics. The state of parameter w is the argument "w$velocity" (and so on). The `statistics`
/// arguments after the parameters are not differentiated; the last `statistics` results are their
/// new values.
///
/// With several replicas the step is data-parallel: each runs it on its share of the batch, for
/// which `forward` is built. Gradients, loss and other floating-point results and the statistics
/// are the means over the replicas, integer results the sums, by all_reduce; so all replicas make
/// the same update, that of the whole batch.
TrainStep make_train_step(const Graph& forward, size_t parameters, const Optimizer& optimizer,
                          size_t statistics = 0, int64_t replicas = 1);

}  // namespace pullback
