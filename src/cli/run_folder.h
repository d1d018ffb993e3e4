#pragma once

#include <string>

/// Where the commands look for runs and data.
namespace pullback::cli {

/// Where MNIST is: `given`, or the data folder of the source tree.
std::string data_folder(const std::string& given);

/// "runs/mnist-mlp-3" after the last such folder there is.
std::string new_run_folder(const std::string& net);
/// The newest run of the net below runs/; throws Error if there is none.
std::string latest_run_folder(const std::string& net);

}  // namespace pullback::cli
