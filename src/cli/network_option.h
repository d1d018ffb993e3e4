#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "nn/network.h"

namespace pullback::cli {

/// A network's input size and classes where they are not its own; 0: its own.
struct Resize {
  int64_t size = 0, classes = 0;
};
/// --size and --classes.
void add_resize(CLI::App& command, Resize& resize);

/// NET: a network of the zoo or a TOML file; with --size and --classes. Give both to load().
void add_network(CLI::App& command, std::string& network, Resize& resize);
/// Throws Error as load_network() and resized() do.
Network load(const std::string& network, const Resize& resize);

}  // namespace pullback::cli
