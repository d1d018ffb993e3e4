#include "ir/precision.h"

namespace pullback {

Graph with_floats(const Graph& graph, ElementType element) {
  Graph result = graph;
  auto change = [&](ElementType& e) {
    if (is_float(e)) e = element;
  };
  for (Argument& argument : result.arguments) change(argument.type.element);
  for (Instr& instr : result.instrs) {
    change(instr.type.element);
    std::visit(
        [&](auto& op) {
          if constexpr (requires { op.type; }) change(op.type.element);
          if constexpr (requires { op.to; }) change(op.to);
        },
        instr.op);
  }
  return result;
}

}  // namespace pullback
