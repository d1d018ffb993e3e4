#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace pullback::cli {

/// NET: a network of the zoo or a TOML file; give it to load_network().
inline void add_network(CLI::App& command, std::string& network) {
  command.add_option("NET", network, "A network of the zoo (see pullback nets), or a TOML file")
      ->required()
      ->option_text(" ");
}

}  // namespace pullback::cli
