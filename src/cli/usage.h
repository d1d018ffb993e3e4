#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pullback::cli {

/// What is wrong with a command line that CLI11 refused with `error`, with the nearest command or
/// option that exists, e.g. "there is no command 'trian'; did you mean 'train'?".
std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments);

}  // namespace pullback::cli
