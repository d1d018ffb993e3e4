#pragma once

#include <optional>

#include "ir/graph.h"

namespace pullback {

struct UnrollOptions {
  /// Unroll only the loops that a gradient with respect to these values flows through; without
  /// it, all.
  std::optional<Values> parameters = std::nullopt;
  /// The most instructions that one loop may become, and the most rounds.
  size_t limit = size_t{1} << 18;
};

/// Turns every `while` whose number of rounds follows from constants alone, as those of scan and
/// fori_loop with fixed bounds do, into the straight line of its rounds, which can be
/// differentiated. A branch that constants choose is put in its place; loops in other branches are
/// unrolled there. Integers that a round computes from constants become constants; what nothing
/// uses then goes. Names: round r of a loop makes x.r of its body's x.
///
/// A loop whose condition depends on more than constants stays as it is. Throws Error, naming the
/// loop and its rounds, for one beyond the limit. A graph without such ops comes back as it is.
Graph unroll(const Graph& graph, const UnrollOptions& options = {});

}  // namespace pullback
