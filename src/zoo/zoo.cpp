#include "zoo/zoo.h"

#include "base/error.h"
#include "base/text.h"
#include "zoo/cifar.h"
#include "zoo/efficientnet.h"
#include "zoo/mnist.h"
#include "zoo/mobilenet.h"
#include "zoo/resnet.h"

namespace pullback {

std::vector<Network> zoo() {
  return {mnist_linear(), mnist_mlp(),      mnist_cnn(),         cifar_cnn(),
          cifar_cnn_bn(), cifar_resnet20(), cifar_mobilenetv2(), resnet34(),
          resnet50(),     mobilenetv2(),    mobilenetv3_large(), efficientnet_b0()};
}

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
