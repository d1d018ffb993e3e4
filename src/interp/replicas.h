#pragma once

#include <vector>

#include "ir/graph.h"

namespace pullback {

/// Evaluates the replicas of `graph` together: arguments[r] are those of replica r, and the
/// result's element r are its results. all_reduce adds over them in their order. Throws Error if an
/// all_reduce is over another number of replicas, and as evaluate() does.
std::vector<std::vector<Tensor>> evaluate_replicas(
    const Graph& graph, const std::vector<std::vector<Tensor>>& arguments);

}  // namespace pullback
