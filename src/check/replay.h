#pragma once

#include <vector>

#include "ir/graph.h"

namespace pullback {

/// A graph evaluated at one point, and its first result again when one argument moves: only what
/// lies between the two is computed anew.
class Replay {
 public:
  Replay(Graph graph, const std::vector<Tensor>& arguments);

  const Tensor& argument(size_t index) const { return values_[index]; }
  const Tensor& value(Value v) const { return values_[static_cast<size_t>(v.id)]; }
  /// Whether the first result depends on v.
  bool needed(Value v) const { return needed_[static_cast<size_t>(v.id)]; }
  const Graph& graph() const { return graph_; }
  /// The first result, a scalar; the second form with argument `index` replaced by `moved`.
  double loss() const { return value(graph_.results[0]).at(0); }
  double loss(size_t index, const Tensor& moved) const;

 private:
  Graph graph_;
  std::vector<Tensor> values_;
  std::vector<bool> needed_;  ///< per value
};

/// A slope against difference quotients.
struct SlopeComparison {
  double error;  ///< of the central difference, relative to `scale`
  bool kink;     ///< the one-sided differences disagree and enclose `expected`
};

/// Compares the slope `expected` of the first result along direction u of argument `index` with
/// central differences. `scale` is what an error is relative to; above `tolerance` it counts.
SlopeComparison compare_slope(const Replay& replay, size_t index, const Tensor& u, double expected,
                              double scale, double tolerance);

}  // namespace pullback
