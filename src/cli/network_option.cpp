#include "cli/network_option.h"

#include "cli/number_option.h"
#include "zoo/load.h"

namespace pullback::cli {

void add_resize(CLI::App& command, Resize& resize) {
  add_whole(command, "--size", resize.size, {1, 1 << 20},
            "Height and width of the images, where not the network's own")
      ->option_text("N");
  add_whole(command, "--classes", resize.classes, {2, 1 << 20},
            "Of the last layer, where not the network's own")
      ->option_text("N");
}

void add_network(CLI::App& command, std::string& network, Resize& resize) {
  command.add_option("NET", network, "A network of the zoo (see pullback nets), or a TOML file")
      ->required()
      ->option_text(" ");
  add_resize(command, resize);
}

Network load(const std::string& network, const Resize& resize) {
  return resized(load_network(network), resize.size, resize.classes);
}

}  // namespace pullback::cli
