#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"
#include "tests/fuzz/parser_fuzz.h"

namespace pullback::test {

void check_parser(std::string_view text) {
  Graph graph;
  try {
    function_names(text, "fuzz.mlir");
    parse_checked(text, "fuzz.mlir", "");
    graph = parse_stablehlo(text, "fuzz.mlir");
  } catch (const Error&) {
    return;
  }
  std::string printed;
  try {
    printed = print_stablehlo(graph);
  } catch (const Error&) {
    return;  // names that MLIR does not have
  }
  if (print_stablehlo(parse_stablehlo(printed, "printed.mlir")) == printed) return;
  std::cerr << "this text does not parse to itself:\n" << printed;
  std::abort();
}

}  // namespace pullback::test
