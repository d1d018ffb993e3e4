#pragma once

#include <string>

#include "train/loop/options.h"

namespace pullback::cli {

/// Where MNIST is: `given`, or the data folder of the source tree.
std::string data_folder(const std::string& given);

/// "runs/mnist-mlp-3": the first that does not exist yet.
std::string new_run_folder(const std::string& net);
/// The newest run of the net below runs/; throws Error if there is none.
std::string latest_run_folder(const std::string& net);

/// The options that a run folder was begun with. Throws Error if it is no run folder.
TrainOptions read_options(const std::string& folder);

}  // namespace pullback::cli
