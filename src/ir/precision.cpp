#include "ir/precision.h"

#include "ir/retype.h"

namespace pullback {

Graph with_floats(const Graph& graph, ElementType element) {
  return retype(graph, [&](ElementType e) { return is_float(e) ? element : e; });
}

}  // namespace pullback
