#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "data/open.h"
#include "nn/network.h"
#include "train/loop/run_data.h"

/// Which data the commands work with.
namespace pullback::cli {

/// Declares --data.
void add_data(CLI::App& command, std::string& data);

ImageSize size_of(const Network& network);

/// The data that --data names, or the one that suits images of that size.
DataSpec data_spec(const std::string& given, const ImageSize& size);

/// The training and the test images for a network, normalized: pictures of a folder by their own
/// mean and deviation. A cache's folder, if it is not "", keeps them decoded.
struct Splits {
  Dataset training, test;
};
Splits load_splits(const DataSpec& spec, const Network& network, int threads,
                   const std::string& cache = "");

/// Images as the trained network of a checkpoint takes them. `begun`: the data it was trained on;
/// it is also where they come from unless `given` says otherwise.
Dataset load_split_for(const RunData& begun, const std::string& given, const Network& network,
                       Split split);

}  // namespace pullback::cli
