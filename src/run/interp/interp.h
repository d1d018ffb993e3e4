#pragma once

#include "ir/graph.h"
#include "run/executable.h"

namespace pullback {

/// The interpreter as a backend: slow, and right by construction.
std::unique_ptr<Executable> compile_interp(Graph graph, const CompileOptions& options);

}  // namespace pullback
