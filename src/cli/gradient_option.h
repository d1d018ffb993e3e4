#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "autodiff/gradient.h"
#include "train/loop/options.h"

/// What to differentiate of a StableHLO function, and what to make of it.
namespace pullback::cli {

struct GradientOptions {
  int64_t result = 0;
  std::string wrt;      ///< "0,2", "0-3"; "": every floating-point argument
  bool aux = false;     ///< the other results are returned as well
  bool finite = false;  ///< infinities and NaN in constants are replaced
  std::string train;    ///< the optimizer of a train step, or ""
};

/// --result, --wrt, --aux, --finite and --train.
void add_gradient(CLI::App& command, GradientOptions& options);

/// The part of the function that is differentiated, and the arguments it is differentiated by.
struct Differentiated {
  Graph part;
  std::vector<size_t> wrt;
};
Differentiated differentiated(const Graph& function, const GradientOptions& options,
                              const Optimizer& optimizer);

/// The settings that the command has for --train. Throws Error if it has some and no --train.
Optimizer train_optimizer(const CLI::App& command, const GradientOptions& options,
                          const OptimizerOptions& settings);

/// The numbers of "0,2-4", ascending. Throws Error if it is no such list.
std::vector<size_t> numbers_in(const std::string& list);

}  // namespace pullback::cli
