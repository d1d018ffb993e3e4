#include "interp/interpreter.h"

namespace pullback {

namespace {

void check_arguments(const Graph& graph, const std::vector<Tensor>& arguments) {
  if (arguments.size() != graph.arguments.size()) {
    throw Error("'" + graph.name + "' takes " + std::to_string(graph.arguments.size()) +
                " arguments, not " + std::to_string(arguments.size()));
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Argument& expected = graph.arguments[i];
    if (arguments[i].type() != expected.type) {
      throw Error("argument " + std::to_string(i) + " '" + expected.name + "' of '" + graph.name +
                  "' is " + expected.type.text() + ", not " + arguments[i].type().text());
    }
  }
}

/// Index of the last instruction that uses each value; results are never freed.
std::vector<size_t> last_uses(const Graph& graph) {
  std::vector<size_t> last(graph.value_count(), 0);
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    for (Value operand : graph.instrs[i].operands) last[static_cast<size_t>(operand.id)] = i;
  }
  for (Value result : graph.results) last[static_cast<size_t>(result.id)] = graph.instrs.size();
  return last;
}

std::vector<Tensor> run(const Graph& graph, const std::vector<Tensor>& arguments, bool keep_all) {
  check_arguments(graph, arguments);
  std::vector<Tensor> values(arguments);
  values.resize(graph.value_count());
  std::vector<size_t> last = last_uses(graph);
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    const Instr& instr = graph.instrs[i];
    std::vector<const Tensor*> operands;
    for (Value operand : instr.operands) {
      operands.push_back(&values[static_cast<size_t>(operand.id)]);
    }
    values[static_cast<size_t>(graph.value_of(i).id)] = eval(instr.op, operands, instr.type);
    if (keep_all) continue;
    for (Value operand : instr.operands) {
      if (last[static_cast<size_t>(operand.id)] == i) values[static_cast<size_t>(operand.id)] = {};
    }
  }
  return values;
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& arguments) {
  std::vector<Tensor> values = run(graph, arguments, false);
  std::vector<Tensor> results;
  for (Value result : graph.results) results.push_back(values[static_cast<size_t>(result.id)]);
  return results;
}

std::vector<Tensor> evaluate_all(const Graph& graph, const std::vector<Tensor>& arguments) {
  return run(graph, arguments, true);
}

}  // namespace pullback
