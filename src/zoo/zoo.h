#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/network.h"

namespace pullback {

/// Every network that is known by name, in the order of the book.
std::vector<Network> zoo();

/// The network of that name; throws Error that suggests the nearest name.
Network find_network(std::string_view name);

}  // namespace pullback
