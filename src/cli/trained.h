#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "train/loop/evaluator.h"
#include "train/loop/run_data.h"

namespace pullback::cli {

/// Which trained parameters a command works with: those of a run, or of a checkpoint.
struct Trained {
  std::string net, run, checkpoint, data, backend = "native", device = "cpu";
  int threads = 0;
  bool best = false;   ///< a run's best evaluation, not its last state
  RunData trained_on;  ///< filled in by load(); empty if the checkpoint does not say
};

/// Declares the options that fill `trained`.
void add_trained(CLI::App& command, Trained& trained);

/// The evaluator of the trained network with its parameters; fills in trained.net, its name.
/// A batch of 0 is one that suits the network.
std::unique_ptr<Evaluator> load(Trained& trained, int64_t batch);

}  // namespace pullback::cli
