#include "train/step.h"

#include <algorithm>

namespace pullback {

namespace {

std::ptrdiff_t offset(size_t n) { return static_cast<std::ptrdiff_t>(n); }

/// Starts the step's graph: the forward graph with the state put after the parameters and the
/// step's scalars before the batch.
Graph with_step_arguments(const Graph& forward, const TrainStep& step, const Optimizer& optimizer) {
  Graph graph;
  graph.name = forward.name;
  auto parameters_end = forward.arguments.begin() + offset(step.parameters);
  auto statistics_end = parameters_end + offset(step.statistics);
  graph.arguments.assign(forward.arguments.begin(), parameters_end);
  for (size_t p = 0; p < step.parameters; ++p) {
    for (const std::string& state : state_of(optimizer)) {
      graph.arguments.push_back(
          {forward.arguments[p].name + "$" + state, forward.arguments[p].type});
    }
  }
  graph.arguments.insert(graph.arguments.end(), parameters_end, statistics_end);
  for (const std::string& scalar : scalars_of(optimizer)) {
    graph.arguments.push_back({scalar, {forward.type(forward.results[0]).element, {}}});
  }
  graph.arguments.insert(graph.arguments.end(), statistics_end, forward.arguments.end());
  auto move = [&](Value& v) {
    auto id = static_cast<size_t>(v.id);
    if (id >= step.parameters) v.id += static_cast<int32_t>(step.state);
    if (id >= step.parameters + step.statistics) v.id += static_cast<int32_t>(step.scalars);
  };
  graph.instrs = forward.instrs;
  for (Instr& instr : graph.instrs) {
    for (Value& operand : instr.operands) move(operand);
  }
  graph.results = forward.results;
  for (Value& result : graph.results) move(result);
  return graph;
}

/// By what all gradients are multiplied; Value{} if they are not clipped or there are none.
Value scale_of(const TrainStep& step, const Values& gradients, Builder& builder,
               const Optimizer& optimizer) {
  if (!optimizer.clip_norm) return {};
  Value squares;
  for (size_t p = 0; p < step.parameters; ++p) {
    if (!gradients[p]) continue;
    squares = add_squares(builder, step.graph.arguments[p].name, gradients[p], squares);
  }
  return squares ? clip_scale(builder, *optimizer.clip_norm, squares) : Value{};
}

/// The mean of x over the replicas, or the sum if it is of integers: instructions "x.sum",
/// "x.mean".
Value over_replicas(Builder& builder, Value x, int64_t replicas) {
  if (!x) return x;
  const std::string name = builder.graph().name_of(x);
  const Type type = builder.graph().type(x);
  Value sum = builder.emit(AllReduce{.replicas = replicas}, {x}, name + ".sum");
  if (!is_float(type.element)) return sum;
  Value count =
      builder.constant(type, Decimal::of(static_cast<double>(replicas)), name + ".replicas");
  return builder.divide(sum, count, name + ".mean");
}

}  // namespace

TrainStep make_train_step(const Graph& forward, size_t parameters, const Optimizer& optimizer,
                          size_t statistics, int64_t replicas) {
  PULLBACK_CHECK(
      forward.results.size() > statistics && parameters + statistics <= forward.arguments.size(),
      forward.name);
  size_t states = state_of(optimizer).size();
  TrainStep step;
  step.parameters = parameters;
  step.state = parameters * states;
  step.statistics = statistics;
  const std::vector<std::string> scalar_names = scalars_of(optimizer);
  step.scalars = scalar_names.size();
  step.in_parts = optimizer.parts.has_value();
  step.numbered = std::find(scalar_names.begin(), scalar_names.end(), "step") != scalar_names.end();
  if (optimizer.average) step.average_state = states - (step.in_parts ? 2 : 1);
  step.graph = with_step_arguments(forward, step, optimizer);
  verify(step.graph);
  step.forward_instrs = step.graph.instrs.size();
  step.loss = step.graph.results[0];

  Values thetas;
  for (size_t p = 0; p < parameters; ++p) thetas.push_back({static_cast<int32_t>(p)});
  Builder builder(step.graph);
  step.backward = add_backward(builder, step.loss, thetas);
  step.gradients.assign(step.backward.cotangents.begin(),
                        step.backward.cotangents.begin() + offset(parameters));

  if (replicas > 1) {
    for (Value& gradient : step.gradients) gradient = over_replicas(builder, gradient, replicas);
    for (Value& result : step.graph.results) result = over_replicas(builder, result, replicas);
  }

  Values results = thetas;
  for (size_t s = 0; s < step.state; ++s) {
    results.push_back({static_cast<int32_t>(parameters + s)});
  }
  Values scalars;
  for (size_t s = 0; s < step.scalars; ++s) {
    scalars.push_back({static_cast<int32_t>(step.learning_rate() + s)});
  }
  Values common = shared(optimizer, builder, scalars);
  Values gradients = step.gradients;
  for (size_t p = 0; optimizer.parts && p < parameters; ++p) {
    if (!gradients[p]) continue;
    gradients[p] = accumulated(builder, step.graph.arguments[p].name, *optimizer.parts,
                               gradients[p], results[parameters + (p + 1) * states - 1]);
  }
  Value scale = scale_of(step, gradients, builder, optimizer);
  for (size_t p = 0; p < parameters; ++p) {
    if (!step.gradients[p]) continue;
    auto first = results.begin() + offset(parameters + p * states);
    Updated updated = update(optimizer, builder,
                             {.name = step.graph.arguments[p].name,
                              .parameter = thetas[p],
                              .gradient = gradients[p],
                              .shared = common,
                              .state = Values(first, first + offset(states))},
                             scale);
    results[p] = updated.parameter;
    std::copy(updated.state.begin(), updated.state.end(), first);
  }
  auto new_statistics = step.graph.results.end() - offset(statistics);
  results.insert(results.end(), new_statistics, step.graph.results.end());
  results.insert(results.end(), step.graph.results.begin(), new_statistics);
  step.graph.results = results;
  return step;
}

}  // namespace pullback
