#pragma once

#include <vector>

#include "ir/graph.h"

namespace pullback {

/// Evaluates `graph` instruction by instruction after the StableHLO specification: the yardstick
/// for every backend. Arguments in order, of exactly the declared types (else Error); returns the
/// results in order. For another precision see retype().
std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& arguments);

/// Throws Error unless the arguments have exactly the declared types.
void check_arguments(const Graph& graph, const std::vector<Tensor>& arguments);

/// The same, keeping every value: element v.id is the tensor of value v.
std::vector<Tensor> evaluate_all(const Graph& graph, const std::vector<Tensor>& arguments);

}  // namespace pullback
