#include "zoo/load.h"

#include "zoo/zoo.h"

namespace pullback {

Network load_network(const std::string& name) { return find_network(name); }

}  // namespace pullback
