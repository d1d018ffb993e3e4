#pragma once

#include <string>
#include <vector>

#include "autodiff/gradient.h"
#include "ir/graph.h"

/// Programs that others wrote, in a few words.
namespace pullback {

/// The function named `function` of a StableHLO file; "" stands for @main, or for the only function
/// there is. Throws Error naming the file, line and column.
Graph read_stablehlo(const std::string& path, const std::string& function = "");

/// From a function (x0, x1, …) -> (y0, y1, …) the function
///   (x0, x1, …) -> (y, ∂y/∂x for x in wrt),   y result number `result`, a floating-point scalar.
/// `wrt` are numbers of floating-point arguments, ascending; without any, all of them. Throws Error
/// for others, and for a gradient that would have to flow through an op that has none.
Graph gradient(const Graph& function, std::vector<size_t> wrt = {}, size_t result = 0);

}  // namespace pullback
