#pragma once

#include <string>

#include "data/dataset.h"

namespace pullback {

/// What a trained network must know of the data it was trained on. It is in the run's data.json and
/// in its checkpoints' metadata.
struct RunData {
  std::string origin;  ///< as --data takes it: "folder:photos.tar"
  int64_t training_images = 0, test_images = 0;
  Normalization normalization;
  std::vector<std::string> class_names;
  bool operator==(const RunData&) const = default;
};

RunData run_data_of(const Dataset& training, const Dataset& test);

/// As a JSON object, and back. Reading throws Error that begins with `file`.
std::string print_run_data(const RunData& data);
RunData parse_run_data(const std::string& text, const std::string& file);

/// Throws Error, with what differs, if the run cannot go on with `found` as it began with `begun`;
/// where the data is does not matter.
void check_same_data(const RunData& begun, const RunData& found, const std::string& folder);

}  // namespace pullback
