#pragma once

#include <string>

/// Where the commands look for runs.
namespace pullback::cli {

/// "runs/mnist-mlp-3" after the last such folder there is.
std::string new_run_folder(const std::string& net);
/// The newest run of the net below runs/; throws Error if there is none.
std::string latest_run_folder(const std::string& net);

}  // namespace pullback::cli
