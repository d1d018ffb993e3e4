#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "nn/model.h"
#include "zoo/zoo.h"

namespace pullback::cli {

void add_nets(CLI::App& app) {
  auto* command = app.add_subcommand("nets", "List the networks of the zoo");
  command->callback([] {
    for (const Network& network : zoo()) {
      std::cout << network.name << "  " << build_training(network, 1).parameter_count() << "\n";
    }
  });
}

}  // namespace pullback::cli
