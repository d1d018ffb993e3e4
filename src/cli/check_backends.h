#pragma once

#include <string>

#include "check/parity.h"
#include "cli/network_option.h"
#include "train/loop/options.h"

/// `pullback check NET --backends`.
namespace pullback::cli {

struct BackendsCheckOptions {
  std::string network;
  Resize resize;
  OptimizerOptions optimizer;
  ParityOptions parity;
  bool as_json = false;
};

/// Compares all backends that are here and prints a table, or JSON. Returns whether all agree.
bool check_backends(const BackendsCheckOptions& options);

}  // namespace pullback::cli
