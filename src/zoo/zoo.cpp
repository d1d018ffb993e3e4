#include "zoo/zoo.h"

#include "base/error.h"
#include "base/text.h"
#include "zoo/mnist.h"

namespace pullback {

std::vector<Network> zoo() { return {mnist_linear(), mnist_mlp(), mnist_cnn()}; }

Network find_network(std::string_view name) {
  std::vector<std::string> names;
  for (Network& network : zoo()) {
    if (network.name == name) return network;
    names.push_back(network.name);
  }
  std::string near = nearest(name, names);
  throw Error("there is no network '" + std::string(name) + "'" +
              (near.empty() ? "" : "; did you mean '" + near + "'?") +
              "\n  networks: " + join(names) + "\n  or give a TOML file, e.g. my.toml");
}

}  // namespace pullback
