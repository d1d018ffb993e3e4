#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace pullback::cli {

namespace {

struct EmitOptions {
  std::string net;
  int64_t batch = 128;
  std::string optimizer = "sgd";
  bool evaluation = false;
  std::string output;
};

std::string emitted_text(const EmitOptions& options) {
  Network network = find_network(options.net);
  if (options.evaluation) {
    return print_stablehlo(lower(build_evaluation(network, options.batch).graph));
  }
  Model model = build_training(network, options.batch);
  TrainStep step =
      make_train_step(model.graph, model.parameters.size(), optimizer_named(options.optimizer));
  return print_stablehlo(lower(step.graph));
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw Error("cannot write '" + path + "': " + std::strerror(errno));
}

}  // namespace

void add_emit(CLI::App& app) {
  auto* command = app.add_subcommand("emit", "Print a network's train step as StableHLO");
  auto options = std::make_shared<EmitOptions>();
  command->add_option("net", options->net, "A network of the zoo, or a TOML file")->required();
  command->add_option("--batch", options->batch, "Images per step")->capture_default_str();
  command->add_option("--optimizer", options->optimizer, "sgd or momentum")->capture_default_str();
  command->add_flag("--eval", options->evaluation, "The evaluation module instead");
  command->add_option("-o,--output", options->output, "Write to this file instead of the terminal");
  command->callback([options] {
    std::string text = emitted_text(*options);
    if (options->output.empty()) {
      std::cout << text;
    } else {
      write_file(options->output, text);
    }
  });
}

}  // namespace pullback::cli
