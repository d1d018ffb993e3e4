#include "interp/replicas.h"

#include "interp/interpreter.h"

namespace pullback {

namespace {

/// The sum of every replica's operand.
Tensor all_reduced(const Instr& instr, const std::vector<std::vector<Tensor>>& values) {
  auto operand = static_cast<size_t>(instr.operands[0].id);
  Tensor sum = values[0][operand];
  for (size_t r = 1; r < values.size(); ++r) {
    sum = eval(Add{}, std::vector<const Tensor*>{&sum, &values[r][operand]}, instr.type);
  }
  return sum;
}

}  // namespace

std::vector<std::vector<Tensor>> evaluate_replicas(
    const Graph& graph, const std::vector<std::vector<Tensor>>& arguments) {
  std::vector<std::vector<Tensor>> values;
  for (const auto& of_replica : arguments) {
    check_arguments(graph, of_replica);
    values.push_back(of_replica);
    values.back().resize(graph.value_count());
  }
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    auto place = static_cast<size_t>(graph.value_of(i).id);
    if (auto* all_reduce = std::get_if<AllReduce>(&instr.op)) {
      if (all_reduce->replicas != static_cast<int64_t>(values.size())) {
        throw Error("'" + instr.name + "' is an all_reduce over " +
                    std::to_string(all_reduce->replicas) + " replicas, but there are " +
                    std::to_string(values.size()));
      }
      Tensor sum = all_reduced(instr, values);
      for (auto& of_replica : values) of_replica[place] = sum;
      continue;
    }
    for (auto& of_replica : values) {
      std::vector<const Tensor*> operands;
      for (Value v : instr.operands) operands.push_back(&of_replica[static_cast<size_t>(v.id)]);
      of_replica[place] = eval(instr.op, operands, instr.type);
    }
  }
  std::vector<std::vector<Tensor>> results(values.size());
  for (size_t r = 0; r < values.size(); ++r) {
    for (Value v : graph.results) results[r].push_back(values[r][static_cast<size_t>(v.id)]);
  }
  return results;
}

}  // namespace pullback
