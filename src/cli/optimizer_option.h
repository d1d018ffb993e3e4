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
             "Added to the gradient: LAMBDA times the parameter; decoupled for adamw and lamb")
      ->option_text("LAMBDA [0]");
  command.add_flag("--decay-vectors", options.decay_vectors,
                   "Biases and scales decay as well, and lamb adapts their steps");
  add_number(command, "--clip-norm", options.clip_norm,
             "Scale the gradients down to this norm, all together")
      ->option_text("NORM");
  add_number(command, "--ema", options.average,
             "Average the weights, A' = DECAY A + (1 - DECAY) W, and evaluate the average")
      ->option_text("DECAY");
  add_whole(command, "--accumulate", options.parts, parts_limits,
            "Take each batch in K parts, whose gradients are summed: less memory")
      ->option_text("K [1]");
}

/// Declares --smoothing.
inline void add_smoothing(CLI::App& command, double& smoothing) {
  add_number(command, "--smoothing", smoothing,
             "Label smoothing: the share of each label that all classes share")
      ->option_text("S [0]");
}

/// --optimizer and its settings; give them to optimizer_of().
inline void add_optimizer(CLI::App& command, OptimizerOptions& options) {
  command.add_option("--optimizer", options.optimizer, "One of " + join(optimizer_names()))
      ->option_text("NAME [" + options.optimizer + "]");
  add_optimizer_settings(command, options);
}

/// How a printed train step sees the labels.
struct LabelOptions {
  double smoothing = 0;
  bool soft = false;
};
inline void add_labels(CLI::App& command, LabelOptions& labels) {
  add_smoothing(command, labels.smoothing);
  command.add_flag("--soft-labels", labels.soft,
                   "Labels are distributions over the classes, as mixup and cutmix make them");
}
inline Labels labels_of(const LabelOptions& labels) {
  return smoothed_labels(labels.soft, labels.smoothing);
}

/// Throws Error if --momentum is given for an optimizer without one, which `option` named.
inline void check_momentum(const CLI::App& command, const std::string& optimizer,
                           const std::string& option = "--optimizer") {
  if (command.count("--momentum") > 0 && !has_momentum(optimizer)) {
    throw Error("--momentum is for " + option + " momentum or nesterov, not for " + optimizer);
  }
}

}  // namespace pullback::cli
