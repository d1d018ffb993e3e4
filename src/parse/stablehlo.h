#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// An assertion of StableHLO's own tests about two results of a function, by their places:
///   check.expect_eq %x, %y : type
///   check.expect_almost_eq %x, %y, tolerance = 0.01 : type
///   check.expect_close %x, %y, max_ulp_difference = 3, min_ulp_difference = 0 : type, type
/// or of expect_eq_const and expect_almost_eq_const, which have "dense<…> : type" for %y.
struct Check {
  enum class Kind : uint8_t { equal, almost_equal, close };
  Kind kind = Kind::equal;
  size_t actual = 0, expected = 0;
  double tolerance = 1e-4;
  uint64_t min_ulp = 0, max_ulp = 1;
  int64_t line = 0;
};
struct CheckedGraph {
  Graph graph;
  std::vector<Check> checks;
};
/// The same for a function with assertions, whose operands are added to its results.
CheckedGraph parse_checked(std::string_view text, std::string_view file, std::string_view function);

/// The names of the public functions of a module, in the order of the text.
std::vector<std::string> function_names(std::string_view text, std::string_view file);

/// The names of the attributes of other dialects that stand in a text, "jax.result_info",
/// "mhlo.sharding", …, each once: the parser skips them.
std::vector<std::string> skipped_attributes(std::string_view text);

/// The parts of a text between lines "// -----", as mlir-opt's -split-input-file reads them: each
/// is a module. Empty lines in front keep the numbers of the lines.
std::vector<std::string> split_input(std::string_view text);

}  // namespace pullback
