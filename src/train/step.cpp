#include "train/step.h"

#include <algorithm>

namespace pullback {

namespace {

/// Starts the step's graph: the forward graph with the state and the learning rate put between
/// parameters and batch.
Graph with_step_arguments(const Graph& forward, size_t parameters, const Optimizer& optimizer) {
  Graph graph;
  graph.name = forward.name;
  graph.arguments.assign(forward.arguments.begin(),
                         forward.arguments.begin() + static_cast<std::ptrdiff_t>(parameters));
  for (size_t p = 0; p < parameters; ++p) {
    for (const std::string& state : state_of(optimizer)) {
      graph.arguments.push_back(
          {forward.arguments[p].name + "$" + state, forward.arguments[p].type});
    }
  }
  graph.arguments.push_back({"learning_rate", {forward.type(forward.results[0]).element, {}}});
  int32_t inserted =
      static_cast<int32_t>(graph.arguments.size()) - static_cast<int32_t>(parameters);
  graph.arguments.insert(graph.arguments.end(),
                         forward.arguments.begin() + static_cast<std::ptrdiff_t>(parameters),
                         forward.arguments.end());
  auto move = [&](Value& v) {
    if (static_cast<size_t>(v.id) >= parameters) v.id += inserted;
  };
  graph.instrs = forward.instrs;
  for (Instr& instr : graph.instrs) {
    for (Value& operand : instr.operands) move(operand);
  }
  graph.results = forward.results;
  for (Value& result : graph.results) move(result);
  return graph;
}

}  // namespace

TrainStep make_train_step(const Graph& forward, size_t parameters, const Optimizer& optimizer) {
  PULLBACK_CHECK(!forward.results.empty() && parameters <= forward.arguments.size(), forward.name);
  TrainStep step;
  step.graph = with_step_arguments(forward, parameters, optimizer);
  verify(step.graph);
  step.parameters = parameters;
  size_t states = state_of(optimizer).size();
  step.state = parameters * states;
  step.forward_instrs = step.graph.instrs.size();
  step.loss = step.graph.results[0];

  Values thetas;
  for (size_t p = 0; p < parameters; ++p) thetas.push_back({static_cast<int32_t>(p)});
  Builder builder(step.graph);
  step.backward = add_backward(builder, step.loss, thetas);

  Values results = thetas;
  for (size_t s = 0; s < step.state; ++s) {
    results.push_back({static_cast<int32_t>(parameters + s)});
  }
  Value learning_rate{static_cast<int32_t>(step.learning_rate())};
  for (size_t p = 0; p < parameters; ++p) {
    Value gradient = step.backward.cotangents[p];
    step.gradients.push_back(gradient);
    if (!gradient) continue;
    auto first = results.begin() + static_cast<std::ptrdiff_t>(parameters + p * states);
    Updated updated = update(optimizer, builder,
                             {step.graph.arguments[p].name, thetas[p], gradient, learning_rate,
                              Values(first, first + static_cast<std::ptrdiff_t>(states))});
    results[p] = updated.parameter;
    std::copy(updated.state.begin(), updated.state.end(), first);
  }
  results.insert(results.end(), step.graph.results.begin(), step.graph.results.end());
  step.graph.results = results;
  return step;
}

}  // namespace pullback
