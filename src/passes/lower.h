#pragma once

#include "ir/graph.h"

namespace pullback {

/// Expands every composite op, also those of programs in ops, into core ops in a numerically stable
/// form and leaves the rest as it is, order and names included. The last instruction of an
/// expansion takes the composite's name y, those before it "y$max", "y$shifted", …; the results are
/// equal over the reals:
///   softmax(x)      m = max x; e = exp(x - m); y = e / Σ e
///   log_softmax(x)  m = max x; s = x - m; y = s - ln Σ exp s
///   softmax_cross_entropy(x, l)   y = -Σ l · log_softmax(x)
Graph lower(const Graph& graph);

}  // namespace pullback
