#pragma once

#include <functional>

#include "ir/graph.h"

namespace pullback {

/// The graph with every element type e turned into change(e); see also retype() in ir/graph.h.
Graph retype(const Graph& graph, const std::function<ElementType(ElementType)>& change);

}  // namespace pullback
