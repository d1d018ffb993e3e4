#pragma once

#include "nn/network.h"

namespace pullback {

/// What a layer became, for tables and explanations.
struct LayerRecord {
  std::string name;         ///< "conv1"
  std::string kind;         ///< "conv"
  std::string equation;     ///< "y = max(0, x)"
  std::string description;  ///< "3×3, stride 1, 32 filters"
  Type output;
  Value value;                ///< the layer's output
  size_t begin = 0, end = 0;  ///< its instructions in the graph
  int64_t parameters = 0;     ///< count of numbers
  double flops = 0;           ///< of the forward pass over the batch; a multiply-add is two
};

/// A network as a forward graph for one batch size. Arguments: parameters and running statistics in
/// order, then x: tensor<N x H x W x C x f32>, labels: tensor<N x i32>, or soft ones, and, in
/// training, noise.
struct Model : Declarations {
  Graph graph;
  std::vector<LayerRecord> layers;  ///< the network's layers, then the loss
  Value logits;

  int64_t parameter_count() const;
  /// Parameters, then statistics: what the evaluation takes from training.
  std::vector<Parameter> weights() const;
  size_t x() const { return parameters.size() + statistics.size(); }
  size_t labels() const { return x() + 1; }
  size_t first_noise() const { return x() + 2; }
};

/// A layer that its input does not fit; the message begins with the layer's name.
struct LayerError : Error {
  LayerError(size_t layer, const std::string& message) : Error(message), layer(layer) {}
  size_t layer;  ///< its place in the network
};

/// Results: loss, the mean over the batch of the softmax cross-entropy (f32 scalar), correct, the
/// number of rows whose first largest logit is the label's (i32 scalar; the first largest label's,
/// if labels are soft), and the new values of the running statistics.
/// Throws LayerError for a layer that does not fit, Error for other mistakes.
Model build_training(const Network& network, int64_t batch, const Labels& labels = {});

/// Results per row: loss f32[N], predicted class i32[N], probabilities f32[N x classes].
Model build_evaluation(const Network& network, int64_t batch);

/// The parameters' starting values: each from a stream of its own, keyed by the seed and the
/// parameter's name, so they do not depend on order or threads.
std::vector<Tensor> initial_parameters(const Model& model, uint64_t seed);
/// The starting values of parameters and running statistics, in that order.
std::vector<Tensor> initial_weights(const Model& model, uint64_t seed);
/// What one step draws: a hash of the seed, the noise's name, the step and the element, so that it
/// is the same on every backend and after every interruption.
Tensor draw(const Noise& noise, uint64_t seed, int64_t step);

/// Floating-point operations of one instruction; a multiply-add is two, moves are none.
double flops_of(const Graph& graph, const Instr& instr);

}  // namespace pullback
