#pragma once

#include <string>

#include "ir/graph.h"

/// Programs that others wrote, in a few words.
namespace pullback {

/// The function named `function` of a StableHLO file; "" stands for @main, or for the only function
/// there is. Throws Error naming the file, line and column.
Graph read_stablehlo(const std::string& path, const std::string& function = "");

}  // namespace pullback
