#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

/// What a pass can know of a program before it runs.
namespace pullback {

/// needed[i]: the results numbered `wanted` depend on instruction i; likewise on the arguments.
struct Cone {
  std::vector<bool> instrs, arguments;
};
Cone cone_of(const Graph& graph, const std::vector<size_t>& wanted);

/// The number of rounds of the loop, which starts from `operands` (nullptr: not known), if it
/// follows from the operands that are known. More than `limit` counts as limit + 1.
std::optional<size_t> rounds_of(const While& loop, const std::vector<const Tensor*>& operands,
                                size_t limit);

/// Instructions of a program and of those in its ops.
size_t instruction_count(const Graph& graph);

}  // namespace pullback
