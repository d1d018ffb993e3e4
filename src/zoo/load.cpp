#include "zoo/load.h"

#include "zoo/toml.h"
#include "zoo/zoo.h"

namespace pullback {

Network load_network(const std::string& name) {
  return name.ends_with(".toml") ? read_network(name) : find_network(name);
}

}  // namespace pullback
