#pragma once

#include <string>

#include "nn/network.h"

namespace pullback {

/// The network that a user named: one of the zoo, or a TOML file if `name` ends in ".toml".
/// Throws Error.
Network load_network(const std::string& name);

}  // namespace pullback
