#include "passes/dead.h"

namespace pullback {

Graph without_dead(const Graph& graph) {
  std::vector<bool> live(graph.value_count(), false);
  for (Value v : graph.results) live[static_cast<size_t>(v.id)] = true;
  for (size_t i = graph.instrs.size(); i-- > 0;) {
    if (!live[static_cast<size_t>(graph.value_of(i).id)]) continue;
    for (Value v : graph.instrs[i].operands) live[static_cast<size_t>(v.id)] = true;
  }
  Graph result;
  result.name = graph.name;
  result.arguments = graph.arguments;
  Values map;
  for (size_t k = 0; k < graph.arguments.size(); ++k) map.push_back({static_cast<int32_t>(k)});
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    if (!live[static_cast<size_t>(graph.value_of(i).id)]) {
      map.push_back({});
      continue;
    }
    result.instrs.push_back(graph.instrs[i]);
    for (Value& v : result.instrs.back().operands) v = map[static_cast<size_t>(v.id)];
    map.push_back(result.value_of(result.instrs.size() - 1));
  }
  for (Value v : graph.results) result.results.push_back(map[static_cast<size_t>(v.id)]);
  return result;
}

}  // namespace pullback
