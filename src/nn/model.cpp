#include "nn/model.h"

#include "base/random.h"

namespace pullback {

namespace {

Value build_network(Scope& scope, const Network& network, Value x,
                    std::vector<LayerRecord>& records, const Declarations& declared) {
  Graph& graph = scope.b.graph();
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    LayerRecord record;
    record.kind = kind_of(layer);
    record.begin = graph.instrs.size();
    try {
      bool last = i + 1 == network.layers.size();
      x = build_layer(scope, layer, last ? nullptr : &network.layers[i + 1], x);
    } catch (const Error& error) {
      throw LayerError(i, error.what());
    }
    record.name = scope.name();
    record.equation =
        std::visit([](const auto& l) { return std::string(l.equation); }, layer.any());
    record.description = std::visit([](const auto& l) { return l.describe(); }, layer.any());
    record.end = graph.instrs.size();
    record.value = x;
    record.output = scope.b.type(x);
    for (const Parameter& p : declared.parameters) {
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

/// The arguments, found by building the layers once with stand-ins.
Declarations declare(const Network& network, int64_t batch, Mode mode) {
  Graph graph;
  Builder b(graph);
  Declarations declared;
  Value x = b.argument("x", input_type(network, batch));
  Scope scope(b, declared, mode, true);
  std::vector<LayerRecord> records;
  Value logits = build_network(scope, network, x, records, declared);
  check_logits(network, b, logits, batch);
  return declared;
}

/// Class numbers as rows of zeros with one 1.
Value one_hot_of(Builder& b, Value labels, Type logits) {  // a copy: the graph grows
  Type classes = logits.with(ElementType::i32);
  Value wanted = b.broadcast(labels, logits.shape, {0}, "wanted");
  Value numbers = b.iota(classes, 1, "classes");
  Value hot = b.compare(Direction::eq, numbers, wanted, "one_hot.mask");
  return b.convert(hot, logits.element, "one_hot");
}

/// (1 - s) labels + s / classes
Value smoothed(Builder& b, Value labels, const Decimal& smoothing) {
  const Type type = b.type(labels);
  double s = smoothing.to_double();
  if (smoothing.kind != Decimal::Kind::finite || s < 0 || s >= 1) {
    throw Error("the label smoothing is " + smoothing.text() + "; it must be in 0 … 1, below 1");
  }
  Value rate = b.constant(type, smoothing, "smoothing");
  Value taken = b.multiply(rate, labels, "labels.taken");
  Value left = b.subtract(labels, taken, "labels.left");
  Value count = b.constant(type, type.shape[1], "labels.classes");
  Value share = b.divide(rate, count, "labels.share");
  return b.add(left, share, "labels.smooth");
}

/// The graph up to the per-row losses.
struct Start {
  Model model;
  Value labels, losses;
  Values statistics;  ///< their new values
};

Start begin_model(const Network& network, int64_t batch, Mode mode, const Labels& how) {
  Start start;
  Model& model = start.model;
  model.graph.name = network.name;
  static_cast<Declarations&>(model) = declare(network, batch, mode);
  Builder b(model.graph);
  for (const Parameter& p : model.weights()) b.argument(p.name, p.type);
  Value x = b.argument("x", input_type(network, batch));
  Type hard{ElementType::i32, {batch}}, soft{ElementType::f32, {batch, network.classes}};
  start.labels = b.argument("labels", how.soft ? soft : hard);
  for (const Noise& n : model.noise) b.argument(n.name, n.type);
  Scope scope(b, model, mode, false);
  model.logits = build_network(scope, network, x, model.layers, model);
  start.statistics = scope.updates();

  Value labels = how.soft ? start.labels : one_hot_of(b, start.labels, b.type(model.logits));
  if (how.smoothing != Decimal(0)) labels = smoothed(b, labels, how.smoothing);
  start.losses = b.emit(SoftmaxCrossEntropy{}, {model.logits, labels}, "losses");
  return start;
}

/// The first class whose logit is the row's largest: with last = C - 1 it is
/// last - max over the largest of (last - class). A row with a NaN gets C, which no label is.
Value predicted_class(Builder& b, Value logits, const std::string& of = "") {
  Type type = b.type(logits);
  Type classes = type.with(ElementType::i32);
  int64_t last = type.shape[1] - 1;
  Value top = b.reduce(Reduction::max, logits, {1}, of + "top");
  Value tops = b.broadcast(top, type.shape, {0}, of + "tops");
  Value at_top = b.compare(Direction::eq, logits, tops, of + "at_top");
  Value number = b.iota(classes, 1, of + "number");
  Value lasts = b.constant(classes, last, of + "last");
  Value rank = b.subtract(lasts, number, of + "rank");
  Value none = b.constant(classes, -1, of + "none");
  Value ranks = b.select(at_top, rank, none, of + "ranks");
  Value best = b.reduce(Reduction::max, ranks, {1}, of + "best");
  Value row_last = b.constant(b.type(best), last, of + "row_last");
  return b.subtract(row_last, best, of.empty() ? "prediction" : of + "class");
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

Model build_training(const Network& network, int64_t batch, const Labels& labels) {
  Start start = begin_model(network, batch, Mode::training, labels);
  Model& model = start.model;
  size_t begin = model.layers.empty() ? 0 : model.layers.back().end;
  Builder b(model.graph);
  Value total = b.reduce(Reduction::add, start.losses, {0}, "loss.total");
  Value count = b.constant(b.type(total), batch, "loss.count");
  Value loss = b.divide(total, count, "loss");
  Value prediction = predicted_class(b, model.logits);
  Value wanted = labels.soft ? predicted_class(b, start.labels, "labels.") : start.labels;
  Value hits = b.compare(Direction::eq, prediction, wanted, "hits");
  Value hit_counts = b.convert(hits, ElementType::i32, "hit_counts");
  Value correct = b.reduce(Reduction::add, hit_counts, {0}, "correct");
  b.result(loss);
  b.result(correct);
  for (Value statistic : start.statistics) b.result(statistic);
  add_loss_record(model, begin, loss);
  return model;
}

Model build_evaluation(const Network& network, int64_t batch) {
  Start start = begin_model(network, batch, Mode::evaluation, {});
  Model& model = start.model;
  Builder b(model.graph);
  b.result(start.losses);
  b.result(predicted_class(b, model.logits));
  b.result(b.emit(Softmax{.dimension = 1}, {model.logits}, "probabilities"));
  return model;
}

std::vector<Parameter> Model::weights() const {
  std::vector<Parameter> all = parameters;
  all.insert(all.end(), statistics.begin(), statistics.end());
  return all;
}

int64_t Model::parameter_count() const {
  int64_t count = 0;
  for (const Parameter& p : parameters) count += p.type.count();
  return count;
}

namespace {

std::vector<Tensor> initial(const std::vector<Parameter>& parameters, uint64_t seed) {
  std::vector<Tensor> tensors;
  for (const Parameter& p : parameters) {
    Tensor tensor(p.type);
    if (p.initializer.kind == Initializer::Kind::normal) {
      Random random(seed, p.name);
      for (float& value : tensor.values<float>()) {
        value = static_cast<float>(random.normal() * p.initializer.deviation);
      }
    } else if (p.initializer.kind == Initializer::Kind::ones) {
      for (float& value : tensor.values<float>()) value = 1;
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace

std::vector<Tensor> initial_parameters(const Model& model, uint64_t seed) {
  return initial(model.parameters, seed);
}

std::vector<Tensor> initial_weights(const Model& model, uint64_t seed) {
  return initial(model.weights(), seed);
}

Tensor draw(const Noise& noise, uint64_t seed, int64_t step) {
  Tensor tensor(noise.type);
  auto values = tensor.values<float>();
  Random random(seed, noise.name, static_cast<uint64_t>(step) * values.size());
  auto kept = static_cast<float>(1 / noise.keep);
  for (float& value : values) value = random.uniform() < noise.keep ? kept : 0;
  return tensor;
}

Network resized(Network network, int64_t size, int64_t classes) {
  if (size != 0) network.input.height = network.input.width = size;
  if (classes == 0 || classes == network.classes) return network;
  auto* last = network.layers.empty() ? nullptr : std::get_if<Dense>(&network.layers.back().any());
  if (last == nullptr) {
    throw Error("the last layer of network '" + network.name +
                "' is not a dense one, so the number of classes can not be chosen");
  }
  network.classes = classes;
  last->out = classes;
  return network;
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
