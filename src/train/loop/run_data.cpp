#include "train/loop/run_data.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace pullback {

using nlohmann::ordered_json;

RunData run_data_of(const Dataset& training, const Dataset& test) {
  return {training.origin, training.count, test.count, training.normalization,
          training.class_names};
}

std::string print_run_data(const RunData& data) {
  ordered_json json = {{"data", data.origin},
                       {"training_images", data.training_images},
                       {"test_images", data.test_images},
                       {"mean", data.normalization.mean},
                       {"deviation", data.normalization.deviation},
                       {"classes", data.class_names}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

RunData parse_run_data(const std::string& text, const std::string& file) {
  try {
    ordered_json json = ordered_json::parse(text);
    RunData data;
    data.origin = json.at("data").get<std::string>();
    data.training_images = json.at("training_images").get<int64_t>();
    data.test_images = json.at("test_images").get<int64_t>();
    data.normalization.mean = json.at("mean").get<std::array<float, 3>>();
    data.normalization.deviation = json.at("deviation").get<std::array<float, 3>>();
    data.class_names = json.at("classes").get<std::vector<std::string>>();
    for (float deviation : data.normalization.deviation) {
      if (!(deviation > 0)) throw Error("a deviation is not positive");
    }
    return data;
  } catch (const std::exception& error) {
    throw Error("'" + file + "' does not describe the data of a run: " + error.what());
  }
}

void check_same_data(const RunData& begun, const RunData& found, const std::string& folder) {
  std::string text;
  auto differ = [&](const std::string& what, auto now, auto then) {
    text += "\n  " + what + ": " + now + " now, " + then + " when it began";
  };
  if (found.training_images != begun.training_images) {
    differ("training images", std::to_string(found.training_images),
           std::to_string(begun.training_images));
  }
  if (found.test_images != begun.test_images) {
    differ("test images", std::to_string(found.test_images), std::to_string(begun.test_images));
  }
  if (found.class_names != begun.class_names) {
    differ("classes", join(found.class_names), join(begun.class_names));
  }
  if (text.empty() && found.normalization != begun.normalization) {
    text = "\n  its pixels have another mean or deviation";
  }
  if (text.empty()) return;
  throw Error("'" + folder + "' cannot go on: its data, " + begun.origin +
              ", is not the same any " + "more" + text +
              "\n  name the data it began with by --data, or begin a new run");
}

}  // namespace pullback
