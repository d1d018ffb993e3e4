#pragma once

#include <memory>
#include <string_view>

#include "ir/graph.h"
#include "run/executable.h"

namespace pullback {

/// XLA, by a PJRT plugin (find_plugin). It gets the text as it is, but for the donation of the kept
/// arguments; `graph` is what the text says. The first use of a plugin checks that it computes
/// right.
std::unique_ptr<Executable> compile_pjrt(const Graph& graph, std::string_view text,
                                         std::string_view file, const CompileOptions& options);

}  // namespace pullback
