#include "interp/interpreter.h"

#include "ir/evaluate.h"

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

std::vector<const Tensor*> pointers(const std::vector<Tensor>& tensors) {
  std::vector<const Tensor*> result;
  for (const Tensor& t : tensors) result.push_back(&t);
  return result;
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, const std::vector<Tensor>& arguments) {
  check_arguments(graph, arguments);
  return run_region(graph, pointers(arguments));
}

std::vector<Tensor> evaluate_all(const Graph& graph, const std::vector<Tensor>& arguments) {
  check_arguments(graph, arguments);
  std::vector<const Tensor*> operands = pointers(arguments);
  Evaluation run(graph, operands, true);
  std::vector<Tensor> values(arguments);
  for (size_t i = 0; i < graph.instrs.size(); ++i) values.push_back(run.take(graph.value_of(i)));
  return values;
}

}  // namespace pullback
