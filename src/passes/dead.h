#pragma once

#include "ir/graph.h"

namespace pullback {

/// The graph without instructions that no result depends on.
Graph without_dead(const Graph& graph);

}  // namespace pullback
