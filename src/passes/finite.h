#pragma once

#include "ir/graph.h"

namespace pullback {

/// The graph with the largest finite numbers of their types for infinities in its constants, and in
/// those of programs in its ops, and 0 for NaN. For certificates, which speak of real numbers:
/// there is no real -inf in select(mask, scores, -inf), the masked scores of an attention. What
/// follows such a select, exp(x - max x) and its sum, is in floating point the same of both: exp is
/// 0. But where a mask leaves nothing, the softmax is uniform, not NaN; and what JAX reads out of
/// bounds is 0, not NaN.
Graph finite_constants(const Graph& graph);

}  // namespace pullback
