#include "passes/selects.h"

#include <algorithm>

#include "ir/builder.h"

namespace pullback {

namespace {

class Selecter {
 public:
  explicit Selecter(Graph& graph) : builder_(graph) {}

  /// Emits the instructions of `graph` for these arguments; its results.
  Values block(const Graph& graph, Values arguments) {
    Values map = std::move(arguments);
    for (size_t begin = 0; begin < graph.instrs.size();) {
      size_t end = graph.group_end(begin);
      Values operands;
      for (Value v : graph.instrs[begin].operands) {
        operands.push_back(map[static_cast<size_t>(v.id)]);
      }
      group(graph, begin, end, operands, map);
      begin = end;
    }
    Values results;
    for (Value v : graph.results) results.push_back(map[static_cast<size_t>(v.id)]);
    return results;
  }

 private:
  void group(const Graph& graph, size_t begin, size_t end, const Values& operands, Values& map) {
    const Instr& first = graph.instrs[begin];
    std::vector<Values> branches;
    bool choice = std::holds_alternative<If>(first.op) || std::holds_alternative<Case>(first.op);
    if (choice) {
      for (const Subgraph* region : regions_of(first.op)) {
        branches.push_back(block(**region, {operands.begin() + 1, operands.end()}));
      }
    }
    Values predicates;
    if (std::holds_alternative<If>(first.op)) predicates.push_back(operands[0]);
    if (std::holds_alternative<Case>(first.op)) predicates = equalities(first, operands[0]);
    for (size_t i = begin; i < end; ++i) {
      const Instr& instr = graph.instrs[i];
      auto k = static_cast<size_t>(result_index(instr.op));
      if (std::holds_alternative<OptimizationBarrier>(instr.op)) {
        map.push_back(operands[k]);
      } else if (choice) {
        map.push_back(selected(branches, predicates, k, instr.name));
      } else {
        map.push_back(builder_.emit(instr.op, operands, instr.name));
      }
    }
  }

  /// index = 0, index = 1, …: for all branches but the last.
  Values equalities(const Instr& instr, Value index) {
    Values all;
    for (size_t k = 0; k + 1 < std::get<Case>(instr.op).branches.size(); ++k) {
      std::string name = instr.name + "$is" + std::to_string(k);
      Value number = builder_.constant(builder_.type(index), static_cast<int64_t>(k),
                                       instr.name + "$" + std::to_string(k));
      all.push_back(builder_.compare(Direction::eq, index, number, name));
    }
    return all;
  }

  Value selected(const std::vector<Values>& branches, const Values& predicates, size_t result,
                 const std::string& name) {
    Value value = branches.back()[result];
    for (size_t k = predicates.size(); k-- > 0;) {
      Value other = branches[k][result];
      if (other == value) continue;
      value = builder_.select(predicates[k], other, value, k == 0 ? name : name + "$from");
    }
    return value;
  }

  Builder builder_;
};

}  // namespace

Graph branches_to_selects(const Graph& graph) {
  auto concerns = [](const Instr& instr) {
    return std::holds_alternative<If>(instr.op) || std::holds_alternative<Case>(instr.op) ||
           std::holds_alternative<OptimizationBarrier>(instr.op);
  };
  if (std::none_of(graph.instrs.begin(), graph.instrs.end(), concerns)) return graph;
  Graph result;
  result.name = graph.name;
  result.arguments = graph.arguments;
  Values arguments;
  for (size_t k = 0; k < graph.arguments.size(); ++k) {
    arguments.push_back({static_cast<int32_t>(k)});
  }
  Values results = Selecter(result).block(graph, std::move(arguments));
  result.results = std::move(results);
  return result;
}

}  // namespace pullback
