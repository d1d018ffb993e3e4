#include "passes/rounds.h"

namespace pullback {

Cone cone_of(const Graph& graph, const std::vector<size_t>& wanted) {
  std::vector<bool> needed(graph.value_count(), false);
  for (size_t k : wanted) needed[static_cast<size_t>(graph.results[k].id)] = true;
  for (size_t i = graph.instrs.size(); i-- > 0;) {
    if (!needed[static_cast<size_t>(graph.value_of(i).id)]) continue;
    for (Value v : graph.instrs[i].operands) needed[static_cast<size_t>(v.id)] = true;
  }
  auto split = needed.begin() + static_cast<std::ptrdiff_t>(graph.arguments.size());
  return {.instrs = {split, needed.end()}, .arguments = {needed.begin(), split}};
}

namespace {

/// The results numbered `wanted`, from the arguments that they depend on.
std::vector<Tensor> run_cone(const Graph& graph, const Cone& cone,
                             const std::vector<const Tensor*>& arguments,
                             const std::vector<size_t>& wanted) {
  std::vector<Tensor> computed(graph.instrs.size());
  auto at = [&](Value v) {
    size_t id = static_cast<size_t>(v.id);
    return graph.is_argument(v) ? arguments[id] : &computed[id - graph.arguments.size()];
  };
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    if (!cone.instrs[i]) continue;
    std::vector<const Tensor*> operands;
    for (Value v : graph.instrs[i].operands) operands.push_back(at(v));
    computed[i] = eval(graph.instrs[i].op, operands, graph.instrs[i].type);
  }
  std::vector<Tensor> results;
  for (size_t k : wanted) results.push_back(*at(graph.results[k]));
  return results;
}

}  // namespace

std::optional<size_t> rounds_of(const While& loop, const std::vector<const Tensor*>& operands,
                                size_t limit) {
  size_t carried = loop.first_capture();
  Cone condition = cone_of(*loop.condition, {0});
  // The carried values that the condition depends on, through any number of rounds.
  std::vector<bool> used = condition.arguments;
  std::vector<size_t> state;
  Cone body;
  for (size_t before = operands.size() + 1; before != state.size();) {
    before = state.size();
    state.clear();
    for (size_t k = 0; k < carried; ++k) {
      if (used[k]) state.push_back(k);
    }
    body = cone_of(*loop.body, state);
    for (size_t k = 0; k < used.size(); ++k) used[k] = used[k] || body.arguments[k];
  }
  for (size_t k = 0; k < used.size(); ++k) {
    if (used[k] && !operands[k]) return {};
  }
  std::vector<const Tensor*> now = operands;
  std::vector<Tensor> values;
  for (size_t round = 0;; ++round) {
    if (round > limit || run_cone(*loop.condition, condition, now, {0})[0].at(0) == 0) {
      return round;
    }
    values = run_cone(*loop.body, body, now, state);
    for (size_t j = 0; j < state.size(); ++j) now[state[j]] = &values[j];
  }
}

size_t instruction_count(const Graph& graph) {
  size_t count = graph.instrs.size();
  for (const Instr& instr : graph.instrs) {
    for (const Subgraph* region : regions_of(instr.op)) count += instruction_count(**region);
  }
  return count;
}

}  // namespace pullback
