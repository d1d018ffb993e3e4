#pragma once

#include <string>
#include <unordered_set>

#include "ir/graph.h"

namespace pullback {

/// Brings the programs of an op that is to stand at the end of `graph`, whose values have the names
/// `taken`, to the one form that prints and reads back as itself. The outer values that they use
/// are operands in the order of their first use, each once, and arguments of their names; other
/// names differ from all in `taken`; a loop's body names what it carries as its condition does.
void adopt_regions(const Graph& graph, const std::unordered_set<std::string>& taken, Op& op,
                   Values& operands);

}  // namespace pullback
