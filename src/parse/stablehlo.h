#pragma once

#include <string_view>

#include "ir/graph.h"

namespace pullback {

/// Reads a StableHLO module with one function, in the pretty form that print_stablehlo writes and
/// that other tools print for the same ops. Names are kept; parse and print are inverse.
///
/// A reduction whose initial value is its identity takes it in; any other initial value becomes an
/// explicit add or maximum after the reduction. `file` names the text in errors, which say line,
/// column and what was expected; declared types are checked against the ops' rules.
Graph parse_stablehlo(std::string_view text, std::string_view file);

}  // namespace pullback
