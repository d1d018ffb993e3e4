#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pullback {

/// What a command did.
struct Finished {
  int status = -1;     ///< exit status; 128 + the signal if one ended it; 127: not found
  std::string output;  ///< of stdout and stderr
  double seconds = 0;
  int64_t peak_bytes = 0;  ///< the most memory that one of its processes used
};

/// Runs a program found in $PATH in `folder`, without input; `on_line` gets each line of its output
/// as it comes. Throws Error if it cannot be started.
Finished run_command(const std::vector<std::string>& command, const std::string& folder = ".",
                     const std::function<void(const std::string&)>& on_line = {});

/// Whether $PATH has a program of that name.
bool has_program(const std::string& name);

/// "ended with status 2" or "was ended by signal 9 (Killed)".
std::string ending_text(int status);

}  // namespace pullback
