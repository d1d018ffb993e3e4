#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "nn/model.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

struct ShowOptions {
  std::string network;
  Resize resize;
  int64_t batch = 128;
  OptimizerOptions optimizer{.optimizer = "sgd"};
};

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "scalar" : join(std::span<const int64_t>(shape), "×");
}

std::string count_text(int64_t count) { return count == 0 ? "" : grouped(count); }
std::string mega_text(double flops) { return flops == 0 ? "" : fixed(flops / 1e6, 3); }

double total_flops(const Graph& graph) {
  double total = 0;
  for (const Instr& instr : graph.instrs) total += flops_of(graph, instr);
  return total;
}

/// Of every instruction of the forward graph, the bytes of its result if the backward pass uses it;
/// constants cost nothing.
std::vector<double> kept_bytes(const TrainStep& step) {
  const Graph& graph = step.graph;
  std::vector<double> bytes(step.forward_instrs, 0);
  for (size_t i = step.forward_instrs; i < graph.instrs.size(); ++i) {
    for (Value used : graph.instrs[i].operands) {
      size_t id = static_cast<size_t>(used.id), first = graph.arguments.size();
      if (id < first || id >= first + step.forward_instrs) continue;
      const Instr& instr = graph.instrs[id - first];
      if (info_of(instr.op).trick == Trick::constant) continue;
      bytes[id - first] = static_cast<double>(instr.type.bytes());
    }
  }
  return bytes;
}

/// One row per layer; returns the bytes of all that is kept for the backward pass.
double print_layers(const Model& model, const TrainStep& step, double batch, const Style& style) {
  using enum Table::Align;
  Table table({{"layer"},
               {"what"},
               {"output"},
               {"parameters", right},
               {"MFLOP/image", right},
               {"kept memory", right}});
  const std::vector<double> kept = kept_bytes(step);
  double bytes = 0, flops = 0;
  for (const LayerRecord& layer : model.layers) {
    double size = 0;
    for (size_t i = layer.begin; i < layer.end; ++i) size += kept[i];
    table.row({layer.name, layer.description, shape_text(layer.output.shape),
               count_text(layer.parameters), mega_text(layer.flops / batch), bytes_text(size)});
    bytes += size;
    flops += layer.flops;
  }
  table.rule();
  table.row({"total", "", "", grouped(model.parameter_count()), mega_text(flops / batch),
             bytes_text(bytes)});
  std::cout << table.text(style);
  return bytes;
}

void show(const ShowOptions& options) {
  Network network = load(options.network, options.resize);
  Optimizer optimizer = optimizer_of(options.optimizer);
  Model model = build_training(network, part_size(options.batch, options.optimizer));
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), optimizer, model.statistics.size());
  Style style = Style::of_stdout();
  std::cout << style.bold(network.name) << "  " << style.dim(network.source) << "\n"
            << "input " << model.graph.arguments[model.x()].type.text() << ", " << network.classes
            << " classes\n\n";
  const auto batch = static_cast<double>(part_size(options.batch, options.optimizer));
  double kept = print_layers(model, step, batch, style);
  double weights = 4 * static_cast<double>(model.parameter_count());
  double states = weights * static_cast<double>(state_of(optimizer).size());
  std::string title = "memory at batch " + std::to_string(options.batch);
  if (options.optimizer.parts > 1) title += " in " + counted(options.optimizer.parts, "part");
  Table memory({{title}, {"", Table::Align::right}});
  memory.row({"parameters", bytes_text(weights)});
  memory.row({"gradients", bytes_text(weights)});
  memory.row({"state of " + options.optimizer.optimizer, bytes_text(states)});
  memory.row({"kept for backward", bytes_text(kept)});
  memory.rule();
  memory.row({"total", bytes_text(2 * weights + states + kept)});
  std::cout << "\n"
            << memory.text(style) << "\n  A train step is " << step.graph.instrs.size()
            << " instructions and " << fixed(total_flops(step.graph) / 1e9, 2) << " GFLOP.\n";
}

}  // namespace

void add_show(CLI::App& app) {
  auto* command =
      app.add_subcommand("show", "A network's layers: shapes, parameters, work, memory");
  auto options = std::make_shared<ShowOptions>();
  add_network(*command, options->network, options->resize);
  add_batch(*command, options->batch);
  add_optimizer(*command, options->optimizer);
  command->callback([command, options] {
    check_momentum(*command, options->optimizer.optimizer);
    show(*options);
  });
}

}  // namespace pullback::cli
