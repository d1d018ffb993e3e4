#pragma once

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/number_option.h"
#include "train/loop/options.h"

namespace pullback::cli {

/// The settings of an optimizer.
inline void add_optimizer_settings(CLI::App& command, OptimizerOptions& options) {
  add_number(command, "--momentum", options.momentum, "Of the optimizers momentum and nesterov")
      ->option_text("MU [0.9]");
  add_number(command, "--weight-decay", options.weight_decay,
             "Added to the gradient: LAMBDA times the parameter; decoupled for adamw")
      ->option_text("LAMBDA [0]");
  command.add_flag("--decay-vectors", options.decay_vectors, "Biases and scales decay as well");
  add_number(command, "--clip-norm", options.clip_norm,
             "Scale the gradients down to this norm, all together")
      ->option_text("NORM");
}

/// --optimizer and its settings; give them to optimizer_of().
inline void add_optimizer(CLI::App& command, OptimizerOptions& options) {
  command.add_option("--optimizer", options.optimizer, "One of " + join(optimizer_names()))
      ->option_text("NAME [" + options.optimizer + "]");
  add_optimizer_settings(command, options);
}

/// Throws Error if --momentum is given for an optimizer without one, which `option` named.
inline void check_momentum(const CLI::App& command, const std::string& optimizer,
                           const std::string& option = "--optimizer") {
  if (command.count("--momentum") > 0 && !has_momentum(optimizer)) {
    throw Error("--momentum is for " + option + " momentum or nesterov, not for " + optimizer);
  }
}

}  // namespace pullback::cli
