#pragma once

#include "ir/graph.h"

namespace pullback {

/// The graph with `element` in place of every floating-point type, for running or printing a
/// program in another precision. Constants are exact decimals and stay so.
Graph with_floats(const Graph& graph, ElementType element);

}  // namespace pullback
