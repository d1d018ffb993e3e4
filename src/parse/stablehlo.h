#pragma once

#include <string_view>

#include "ir/graph.h"

namespace pullback {

/// Reads a function of a StableHLO module, in the pretty form that print_stablehlo writes and that
/// other tools print for the same ops. Names are kept; parse and print are inverse. `function` is
/// the function's name without '@'; "" stands for @main, or for the only function of a module.
///
/// A reduction whose initial value is its identity takes it in; any other initial value becomes an
/// explicit add or maximum after the reduction. `file` names the text in errors, which say line,
/// column and what was expected; declared types are checked against the ops' rules.
Graph parse_stablehlo(std::string_view text, std::string_view file, std::string_view function = "");

}  // namespace pullback
