#pragma once

#include <cstdint>
#include <string>

#include "cli/network_option.h"

/// `pullback check NET --kinks`.
namespace pullback::cli {

struct KinkOptions {
  std::string network;
  Resize resize;
  int64_t batches = 4, batch = 32;
  uint64_t seed = 1;
  std::string data;  ///< as --data names it; "": what suits the network
  std::string run;   ///< parameters: this run's, or "" for the initial ones by seed
  bool as_json = false;
};

/// Evaluates the side conditions of the network's certificate at batches of training images
/// and prints a table, or JSON. Returns whether all hold.
bool check_kinks(const KinkOptions& options);

}  // namespace pullback::cli
