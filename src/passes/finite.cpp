#include "passes/finite.h"

#include <limits>

namespace pullback {

namespace {

double largest(ElementType element) {
  switch (element) {
    case ElementType::f16:
      return 65504;
    case ElementType::bf16:
      return 0x1.FEp127;
    case ElementType::f32:
      return std::numeric_limits<float>::max();
    default:
      return std::numeric_limits<double>::max();
  }
}

}  // namespace

Graph finite_constants(const Graph& graph) {
  Graph result = graph;
  for (Instr& instr : result.instrs) {
    for (Subgraph* region : regions_of(instr.op)) *region = finite_constants(**region);
    auto* constant = std::get_if<Constant>(&instr.op);
    if (!constant) continue;
    for (Decimal& d : constant->values) {
      double bound = largest(instr.type.element);
      if (d.kind == Decimal::Kind::nan) d = 0;
      if (d.kind == Decimal::Kind::infinity) d = Decimal::of(bound);
      if (d.kind == Decimal::Kind::negative_infinity) d = Decimal::of(-bound);
    }
  }
  return result;
}

}  // namespace pullback
