#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// `pullback bench NET --backends all`.
namespace pullback::cli {

struct BackendsBenchOptions {
  std::string backends;  ///< "all": those that are here, but the interpreter; or "a,b"
  std::vector<std::string> arguments;  ///< of `pullback bench` for each of them
  std::string title;                   ///< what is timed
  int64_t rounds = 3;
  bool as_json = false;
};

/// Times each backend in a process of its own, one round each in turn, and prints them side by
/// side.
void bench_backends(const BackendsBenchOptions& options);

}  // namespace pullback::cli
