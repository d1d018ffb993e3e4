#pragma once

#include "ir/graph.h"

namespace pullback {

/// Takes every branch of every `if` and `case` and selects the results of the one that the op
/// chooses; drops optimization barriers. For programs that are to be certified: what is left has
/// its lemmas, except loops that could not be unrolled (unroll.h comes first).
///
/// The values are those of the given program, as long as selecting is all that a branch not taken
/// is good for. What `prove` then certifies is the program with selects: its theorem speaks of
/// arguments at which every branch is differentiable, also those not taken, and in floating point
/// an infinity or NaN of a branch not taken can reach the gradient (0 · ∞), where the gradient of
/// the `if` itself is finite.
Graph branches_to_selects(const Graph& graph);

}  // namespace pullback
