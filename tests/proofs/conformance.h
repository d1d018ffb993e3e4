#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/proofs/coq_run.h"

/// StableHLO's own tests of its interpreter, stablehlo/tests/interpret/*.mlir of openxla/stablehlo.
namespace pullback::test {

/// One function: constants, ops, and what their results should be.
struct Conformance {
  std::string title;  ///< "add.mlir:add_op_test_f32"; with "#2" for a second one of that name
  /// Element types outside of the set are read as i32 or f32 where the tests' values allow it.
  bool other_element_types = false;
  std::optional<Graph> graph;
  std::vector<Expected> expected;
  std::string unreadable;  ///< why there is no graph: "complex numbers"
};

std::vector<Conformance> read_conformance(const std::string& path);

}  // namespace pullback::test
