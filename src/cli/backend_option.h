#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/text.h"
#include "run/executable.h"

namespace pullback::cli {

/// --backend and --device; check_backend() says whether they fit together.
inline void add_backend(CLI::App& command, std::string& backend, std::string& device) {
  command.add_option("--backend", backend, "One of " + join(backend_names()))
      ->option_text("NAME [native]");
  command
      .add_option("--device", device,
                  "Of --backend pjrt: " + join(devices_of("pjrt")) +
                      ";\nof iree: " + join(devices_of("iree")))
      ->option_text("NAME [cpu]");
}

}  // namespace pullback::cli
