#pragma once

#include <memory>
#include <string_view>

#include "ir/graph.h"
#include "run/executable.h"

namespace pullback {

/// IREE: its compiler in a process of its own, its runtime from a library that is loaded when it is
/// there. It gets the text as it is; `graph` is what the text says. Kept results are the next run's
/// arguments, and stay on the device.
std::unique_ptr<Executable> compile_iree(const Graph& graph, std::string_view text,
                                         std::string_view file, const CompileOptions& options);

}  // namespace pullback
