#include "nn/model.h"

#include "base/random.h"

namespace pullback {

namespace {

Value build_layers(Scope& scope, const Network& network, Value x, std::vector<LayerRecord>& records,
                   const std::vector<Parameter>& parameters) {
  Graph& graph = scope.b.graph();
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    LayerRecord record;
    record.kind = kind_of(layer);
    record.name = scope.enter(record.kind);
    record.begin = graph.instrs.size();
    scope.set_rectified(i + 1 < network.layers.size() && is_rectifier(network.layers[i + 1]));
    try {
      x = std::visit([&](const auto& l) { return l.build(scope, x); }, layer);
    } catch (const Error& error) {
      std::string message = error.what();
      bool named = message.starts_with(record.name + ":");
      throw LayerError(i, named ? message : record.name + ": " + message);
    }
    record.equation = std::visit([](const auto& l) { return std::string(l.equation); }, layer);
    record.description = std::visit([](const auto& l) { return l.describe(); }, layer);
    record.end = graph.instrs.size();
    record.value = x;
    record.output = scope.b.type(x);
    for (const Parameter& p : parameters) {
      if (p.name.starts_with(record.name + ".")) record.parameters += p.type.count();
    }
    for (size_t k = record.begin; k < record.end; ++k) {
      record.flops += flops_of(graph, graph.instrs[k]);
    }
    records.push_back(record);
  }
  return x;
}

Type input_type(const Network& network, int64_t batch) {
  const ImageShape& in = network.input;
  if (batch < 1) throw Error("the batch size is " + std::to_string(batch) + "; it must be ≥ 1");
  for (int64_t extent : {in.height, in.width, in.channels}) {
    if (extent < 1 || extent > 1 << 20) {
      throw Error("network '" + network.name + "': the input has an extent of " +
                  std::to_string(extent) + "; it must be in 1 … 1048576");
    }
  }
  if (network.layers.empty()) throw Error("network '" + network.name + "' has no layers");
  return {ElementType::f32, {batch, in.height, in.width, in.channels}};
}

void check_logits(const Network& network, const Builder& b, Value logits, int64_t batch) {
  if (network.classes < 2) {
    throw Error("network '" + network.name + "': classes is " + std::to_string(network.classes) +
                "; it must be at least 2");
  }
  if (b.shape(logits) == Shape{batch, network.classes}) return;
  throw LayerError(network.layers.size() - 1,
                   b.name(logits) + ": the last layer gives " + b.type(logits).text() + ", but " +
                       std::to_string(network.classes) + " classes need " +
                       Type{ElementType::f32, {batch, network.classes}}.text());
}

/// The parameters, found by building the layers once with stand-ins.
std::vector<Parameter> declare(const Network& network, int64_t batch) {
  Graph graph;
  Builder b(graph);
  std::vector<Parameter> parameters;
  Value x = b.argument("x", input_type(network, batch));
  Scope scope(b, parameters, true);
  std::vector<LayerRecord> records;
  Value logits = build_layers(scope, network, x, records, parameters);
  check_logits(network, b, logits, batch);
  return parameters;
}

/// The graph up to the per-row losses.
struct Start {
  Model model;
  Value labels, losses;
};

Start begin_model(const Network& network, int64_t batch) {
  Start start;
  Model& model = start.model;
  model.graph.name = network.name;
  model.parameters = declare(network, batch);
  Builder b(model.graph);
  for (const Parameter& p : model.parameters) b.argument(p.name, p.type);
  Value x = b.argument("x", input_type(network, batch));
  start.labels = b.argument("labels", {ElementType::i32, {batch}});
  Scope scope(b, model.parameters, false);
  model.logits = build_layers(scope, network, x, model.layers, model.parameters);

  Type logits = b.type(model.logits);
  Type classes = logits.with(ElementType::i32);
  Value wanted = b.broadcast(start.labels, logits.shape, {0}, "wanted");
  Value numbers = b.iota(classes, 1, "classes");
  Value hot = b.compare(Direction::eq, numbers, wanted, "one_hot.mask");
  Value one_hot = b.convert(hot, logits.element, "one_hot");
  start.losses = b.emit(SoftmaxCrossEntropy{}, {model.logits, one_hot}, "losses");
  return start;
}

/// The first class whose logit is the row's largest: with last = C - 1 it is
/// last - max over the largest of (last - class). A row with a NaN gets C, which no label is.
Value predicted_class(Builder& b, Value logits) {
  Type type = b.type(logits);
  Type classes = type.with(ElementType::i32);
  int64_t last = type.shape[1] - 1;
  Value top = b.reduce(Reduction::max, logits, {1}, "top");
  Value tops = b.broadcast(top, type.shape, {0}, "tops");
  Value at_top = b.compare(Direction::eq, logits, tops, "at_top");
  Value number = b.iota(classes, 1, "number");
  Value lasts = b.constant(classes, last, "last");
  Value rank = b.subtract(lasts, number, "rank");
  Value none = b.constant(classes, -1, "none");
  Value ranks = b.select(at_top, rank, none, "ranks");
  Value best = b.reduce(Reduction::max, ranks, {1}, "best");
  Value row_last = b.constant(b.type(best), last, "row_last");
  return b.subtract(row_last, best, "prediction");
}

void add_loss_record(Model& model, size_t begin, Value loss) {
  LayerRecord record;
  record.name = "loss";
  record.kind = "loss";
  record.equation = "loss = 1/N Σ_n -ln softmax(x[n])[label[n]]";
  record.description = "mean softmax cross-entropy";
  record.begin = begin;
  record.end = model.graph.instrs.size();
  record.value = loss;
  record.output = model.graph.type(loss);
  for (size_t k = begin; k < record.end; ++k) {
    record.flops += flops_of(model.graph, model.graph.instrs[k]);
  }
  model.layers.push_back(record);
}

}  // namespace

Model build_training(const Network& network, int64_t batch) {
  Start start = begin_model(network, batch);
  Model& model = start.model;
  size_t begin = model.layers.empty() ? 0 : model.layers.back().end;
  Builder b(model.graph);
  Value total = b.reduce(Reduction::add, start.losses, {0}, "loss.total");
  Value count = b.constant(b.type(total), batch, "loss.count");
  Value loss = b.divide(total, count, "loss");
  Value prediction = predicted_class(b, model.logits);
  Value hits = b.compare(Direction::eq, prediction, start.labels, "hits");
  Value hit_counts = b.convert(hits, ElementType::i32, "hit_counts");
  Value correct = b.reduce(Reduction::add, hit_counts, {0}, "correct");
  b.result(loss);
  b.result(correct);
  add_loss_record(model, begin, loss);
  return model;
}

Model build_evaluation(const Network& network, int64_t batch) {
  Start start = begin_model(network, batch);
  Model& model = start.model;
  Builder b(model.graph);
  b.result(start.losses);
  b.result(predicted_class(b, model.logits));
  b.result(b.emit(Softmax{.dimension = 1}, {model.logits}, "probabilities"));
  return model;
}

int64_t Model::parameter_count() const {
  int64_t count = 0;
  for (const Parameter& p : parameters) count += p.type.count();
  return count;
}

std::vector<Tensor> initial_parameters(const Model& model, uint64_t seed) {
  std::vector<Tensor> tensors;
  for (const Parameter& p : model.parameters) {
    Tensor tensor(p.type);
    if (p.initializer.kind == Initializer::Kind::normal) {
      Random random(seed, p.name);
      for (float& value : tensor.values<float>()) {
        value = static_cast<float>(random.normal() * p.initializer.deviation);
      }
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

double flops_of(const Graph& graph, const Instr& instr) {
  double out = static_cast<double>(instr.type.count());
  if (auto* dot = std::get_if<DotGeneral>(&instr.op)) {
    const Shape& lhs = graph.type(instr.operands[0]).shape;
    for (int64_t axis : dot->lhs_contracting_dimensions) {
      out *= static_cast<double>(lhs[static_cast<size_t>(axis)]);
    }
    return 2 * out;
  }
  if (auto* conv = std::get_if<Convolution>(&instr.op)) {
    const Shape& kernel = graph.type(instr.operands[1]).shape;
    for (int64_t axis : conv->dimensions.kernel_spatial) {
      out *= static_cast<double>(kernel[static_cast<size_t>(axis)]);
    }
    return 2 * out *
           static_cast<double>(kernel[static_cast<size_t>(conv->dimensions.kernel_input_feature)]);
  }
  if (std::holds_alternative<Reduce>(instr.op)) {
    return static_cast<double>(graph.type(instr.operands[0]).count());
  }
  if (auto* pool = std::get_if<ReduceWindow>(&instr.op)) {
    for (const WindowDimension& w : pool->window) out *= static_cast<double>(w.size);
    return out;
  }
  Trick trick = info_of(instr.op).trick;
  bool moves = trick == Trick::linear || trick == Trick::constant;
  return moves || !is_float(instr.type.element) ? 0 : out;
}

}  // namespace pullback
