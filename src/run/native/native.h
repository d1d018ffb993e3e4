#pragma once

#include "ir/graph.h"
#include "run/executable.h"

namespace pullback {

/// The CPU backend. It simplifies the parsed program, fuses instructions into units and units into
/// clusters, plans all memory, and runs the clusters on `threads` threads. A run allocates nothing,
/// unless an op has no kernel and is run by its reference rule. Results for the same number of
/// threads are the same on every run.
std::unique_ptr<Executable> compile_native(const Graph& graph, const CompileOptions& options);

}  // namespace pullback
