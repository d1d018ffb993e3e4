#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "train/loop/options.h"

namespace pullback::cli {

/// Declares an option of one whole number within `limits`, in decimal. What is no such number is a
/// wrong command line (CLI::ValidationError); one beyond the limits, of however many digits, throws
/// Error: "--epochs is 0; it must be between 1 and 1000000".
CLI::Option* add_whole(CLI::App& command, const std::string& name, int& value, Limits limits,
                       const std::string& help);
CLI::Option* add_whole(CLI::App& command, const std::string& name, int64_t& value, Limits limits,
                       const std::string& help);
/// One of any 64 bits, e.g. a seed.
CLI::Option* add_whole(CLI::App& command, const std::string& name, uint64_t& value,
                       const std::string& help);

/// Declares an option of one number, e.g. 0.05, 1e-3 or nan; its range is the command's to check.
CLI::Option* add_number(CLI::App& command, const std::string& name, double& value,
                        const std::string& help);

/// --batch, of network commands.
CLI::Option* add_batch(CLI::App& command, int64_t& batch);

}  // namespace pullback::cli
