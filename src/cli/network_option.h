#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace pullback::cli {

/// NET: a network of the zoo or a TOML file; give it to load_network().
inline void add_network(CLI::App& command, std::string& network) {
  command.add_option("NET", network, "A network of the zoo (see pullback nets), or a TOML file")
      ->required()
      ->option_text(" ");
}

inline CLI::Option* add_batch(CLI::App& command, int64_t& batch) {
  return command.add_option("--batch", batch, "Images per step")
      ->option_text("N [" + std::to_string(batch) + "]");
}

}  // namespace pullback::cli
