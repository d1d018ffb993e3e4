#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

struct EmitOptions {
  std::string network;
  Resize resize;
  int64_t batch = 128;
  OptimizerOptions optimizer{.optimizer = "sgd"};
  LabelOptions labels;
  bool evaluation = false;
  bool f64 = false;
  std::string output;
};

Graph emitted_graph(const EmitOptions& options) {
  Network network = load(options.network, options.resize);
  if (options.evaluation) return build_evaluation(network, options.batch).graph;
  Model model = build_training(network, part_size(options.batch, options.optimizer),
                               labels_of(options.labels));
  return make_train_step(model.graph, model.parameters.size(), optimizer_of(options.optimizer),
                         model.statistics.size())
      .graph;
}

void emit(const EmitOptions& options) {
  Graph graph = lower(emitted_graph(options));
  std::string text = print_stablehlo(options.f64 ? retype(graph, ElementType::f64) : graph);
  if (options.output.empty()) {
    std::cout << text;
  } else {
    write_file(options.output, text);
  }
}

}  // namespace

void add_emit(CLI::App& app) {
  auto* command = app.add_subcommand("emit", "Print a network's train step as StableHLO");
  auto options = std::make_shared<EmitOptions>();
  add_network(*command, options->network, options->resize);
  add_batch(*command, options->batch);
  add_optimizer(*command, options->optimizer);
  add_labels(*command, options->labels);
  command->add_flag("--eval", options->evaluation,
                    "The evaluation module: losses, predictions, probabilities");
  command->add_flag("--f64", options->f64, "In double precision");
  command->add_option("-o,--output", options->output, "Write to this file, whole or not at all")
      ->option_text("FILE");
  command->callback([command, options] {
    check_momentum(*command, options->optimizer.optimizer);
    emit(*options);
  });
}

}  // namespace pullback::cli
