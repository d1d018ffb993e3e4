#pragma once

#include "ir/graph.h"

namespace pullback::native {

/// An equivalent graph that needs less work and less memory; arguments and results keep their
/// places. Each rewriting is an identity of the ops' semantics:
///   equal instructions are one; what no result needs is dropped;
///   0 < z            becomes 0 < max(0, z) where that value exists, so z need not be kept;
///   0 < x ? unpool(x, g) : 0   becomes unpool(x, 0 < p ? g : 0) where p = max_pool(x) exists: what
///                    unpool puts at a place is there because x there equals its window's p.
Graph simplify(const Graph& graph);

}  // namespace pullback::native
