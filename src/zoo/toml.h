#pragma once

#include <string>
#include <string_view>

#include "nn/network.h"

/// Networks in TOML, with the same layers and the same named fields as in C++:
///   [network]
///   name = "small"           # letters, digits, '.', '_', '-'; the file's name if left out
///   input = [28, 28, 1]      # height, width, channels
///   classes = 10
///   [[layer]]
///   kind = "conv"
///   out = 8
///   kernel = 3
///   padding = "same"         # or "valid", or a number
/// Blocks hold layers: repeat has layers = [{kind = …}, …]; add, multiply and concatenate have
/// branches = [[{kind = …}, …], []], of which an empty one is the block's input.
namespace pullback {

/// Reads a network from a TOML file. Every mistake (syntax, an unknown key, a wrong type, a missing
/// field, shapes that do not fit) throws Error that begins with "<file>:<line>: ".
Network read_network(const std::string& path);

/// The same from a text; `path` serves for messages and for the name.
Network parse_network(std::string_view text, const std::string& path);

/// The network as such a text: parse_network gives it back.
std::string print_network(const Network& network);

}  // namespace pullback
