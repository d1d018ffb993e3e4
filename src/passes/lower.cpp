#include "passes/lower.h"

#include "ir/builder.h"

namespace pullback {

namespace {

/// The instructions of one expansion; `name` is the composite's.
struct Expansion {
  Builder& b;
  const std::string& name;

  std::string inner(const char* suffix) const { return name + "$" + suffix; }
  Value along(Value line, Value x, int64_t dimension, const char* suffix) const {
    return b.broadcast(line, b.shape(x), other_axes(b.type(x).rank(), {dimension}), inner(suffix));
  }

  /// x - max x, broadcast along `dimension`.
  Value shifted(Value x, int64_t dimension) const {
    Value max = b.reduce(Reduction::max, x, {dimension}, inner("max"));
    return b.subtract(x, along(max, x, dimension, "maxes"), inner("shifted"));
  }

  Value softmax(Value x, int64_t dimension) const {
    Value e = b.exponential(shifted(x, dimension), inner("exp"));
    Value sum = b.reduce(Reduction::add, e, {dimension}, inner("sum"));
    return b.divide(e, along(sum, x, dimension, "sums"), name);
  }

  Value log_softmax(Value x, int64_t dimension, const std::string& result) const {
    Value s = shifted(x, dimension);
    Value e = b.exponential(s, inner("exp"));
    Value sum = b.reduce(Reduction::add, e, {dimension}, inner("sum"));
    Value log = b.log(sum, inner("log"));
    return b.subtract(s, along(log, x, dimension, "logs"), result);
  }

  Value operator()(const Softmax& op, const Values& in) const {
    return softmax(in[0], op.dimension);
  }
  Value operator()(const LogSoftmax& op, const Values& in) const {
    return log_softmax(in[0], op.dimension, name);
  }
  Value operator()(const SoftmaxCrossEntropy&, const Values& in) const {
    Value logs = log_softmax(in[0], 1, inner("log_softmax"));
    Value weighted = b.multiply(in[1], logs, inner("weighted"));
    Value sum = b.reduce(Reduction::add, weighted, {1}, inner("total"));
    return b.negate(sum, name);
  }
  Value operator()(const Swish& op, const Values& in) const {
    return pullback::lower(b, op, in[0], name);
  }
  Value operator()(const Gelu& op, const Values& in) const {
    return pullback::lower(b, op, in[0], name);
  }
  Value operator()(const GeluTanh& op, const Values& in) const {
    return pullback::lower(b, op, in[0], name);
  }
  Value operator()(const BatchNormTraining& op, const Values& in) const {
    FeatureNormalised n = feature_normalised(b, in[0], op.feature_index, op.epsilon, name + "$");
    auto spread = [&](Value v, const char* suffix) {
      return b.broadcast(v, b.shape(in[0]), {op.feature_index}, inner(suffix));
    };
    Value scaled = b.multiply(n.normalised, spread(in[1], "scales"), inner("scaled"));
    return b.add(scaled, spread(in[2], "offsets"), name);
  }
};

}  // namespace

Graph lower(const Graph& graph) {
  Graph lowered;
  lowered.name = graph.name;
  lowered.arguments = graph.arguments;
  Builder builder(lowered);
  Values map;
  for (size_t i = 0; i < graph.arguments.size(); ++i) map.push_back({static_cast<int32_t>(i)});
  for (const Instr& instr : graph.instrs) {
    Values operands;
    for (Value operand : instr.operands) operands.push_back(map[static_cast<size_t>(operand.id)]);
    if (!regions_of(instr.op).empty()) {
      Op op = instr.op;
      for (Subgraph* region : regions_of(op)) *region = Subgraph(lower(**region));
      map.push_back(builder.emit(op, operands, instr.name));
      continue;
    }
    map.push_back(std::visit(
        [&](const auto& op) {
          Expansion expand{builder, instr.name};
          if constexpr (requires { expand(op, operands); }) {
            return expand(op, operands);
          } else {
            static_assert(!std::decay_t<decltype(op)>::info.composite, "no lowering");
            return builder.emit(op, operands, instr.name);
          }
        },
        instr.op));
  }
  for (Value result : graph.results) builder.result(map[static_cast<size_t>(result.id)]);
  return lowered;
}

}  // namespace pullback
