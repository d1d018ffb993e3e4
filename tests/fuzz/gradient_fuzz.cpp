#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "autodiff/gradient.h"
#include "base/error.h"
#include "parse/stablehlo.h"
#include "passes/lower.h"
#include "print/stablehlo.h"

namespace pullback::test {

/// The number of a result that is the sum of the first one of floats.
size_t add_sum(Graph& graph) {
  for (Value v : graph.results) {
    Type type = graph.type(v);
    if (!is_float(type.element)) continue;
    Builder b(graph);
    b.result(b.reduce(Reduction::add, v, other_axes(type.rank(), {})));
    break;
  }
  return graph.results.empty() ? 0 : graph.results.size() - 1;
}

/// Differentiates the sum of its first result by all floats: it must throw Error or give a graph
/// that is well typed and prints and parses to itself.
void check_gradient_of(std::string_view text) {
  Graph gradient;
  try {
    Graph graph = parse_stablehlo(text, "fuzz.mlir");
    size_t result = add_sum(graph);
    std::vector<size_t> wrt = float_arguments(graph);
    check_gradient(graph, result, wrt);
    gradient = gradient_function(differentiated_part(graph, result, true), wrt);
  } catch (const Error&) {
    return;
  }
  verify(gradient);
  std::string printed = print_stablehlo(lower(gradient));
  if (print_stablehlo(parse_stablehlo(printed, "printed.mlir")) == printed) return;
  std::cerr << "this gradient does not parse to itself:\n" << printed;
  std::abort();
}

}  // namespace pullback::test

/// libFuzzer's entry; see README.md.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pullback::test::check_gradient_of({reinterpret_cast<const char*>(data), size});
  return 0;
}
