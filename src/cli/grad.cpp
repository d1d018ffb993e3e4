#include <memory>

#include "cli/commands.h"
#include "cli/gradient_option.h"
#include "cli/optimizer_option.h"
#include "cli/program_file.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

struct GradOptions {
  ProgramOptions program;
  GradientOptions gradient;
  OptimizerOptions settings;
  std::string output;
};

Graph derived(const CLI::App& command, const GradOptions& options) {
  Optimizer optimizer = train_optimizer(command, options.gradient, options.settings);
  auto [part, wrt] = differentiated(read_program(options.program), options.gradient, optimizer);
  if (options.gradient.train.empty()) return gradient_function(part, wrt);
  return make_train_step(with_first(part, wrt), wrt.size(), optimizer).graph;
}

}  // namespace

void add_grad(CLI::App& app) {
  auto* command = app.add_subcommand(
      "grad", "Print a StableHLO function's value and gradient, or train step, as a function");
  auto options = std::make_shared<GradOptions>();
  add_program(*command, options->program);
  add_gradient(*command, options->gradient);
  add_optimizer_settings(*command, options->settings);
  command->add_option("-o,--output", options->output, "Write to this file, whole or not at all")
      ->option_text("FILE");
  command->callback([command, options] {
    std::string text = canonical_text(derived(*command, *options));
    report_skipped(options->program.file);
    write_text(text, options->output);
  });
}

}  // namespace pullback::cli
