#include "cli/run_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace pullback::cli {

namespace fs = std::filesystem;

namespace {

std::string base_name(const std::string& net) { return fs::path(net).stem().string(); }

std::string numbered(const std::string& net, int number) {
  return "runs/" + base_name(net) + "-" + std::to_string(number);
}

}  // namespace

std::string data_folder(const std::string& given) {
  if (!given.empty()) return given;
  return fs::exists("data/mnist") ? "data/mnist" : PULLBACK_DATA "/mnist";
}

std::string new_run_folder(const std::string& net) {
  int number = 1;
  while (fs::exists(numbered(net, number))) ++number;
  return numbered(net, number);
}

std::string latest_run_folder(const std::string& net) {
  int number = 0;
  while (fs::exists(numbered(net, number + 1))) ++number;
  if (number == 0) {
    throw Error("there is no run of '" + net + "' below runs/; begin one with: pullback train " +
                net);
  }
  return numbered(net, number);
}

TrainOptions read_options(const std::string& folder) {
  std::string path = folder + "/options.json";
  if (!fs::is_directory(folder)) throw Error("there is no run folder '" + folder + "'");
  if (!fs::exists(path)) {
    throw Error("'" + folder + "' is no run folder: it has no options.json");
  }
  nlohmann::json json = nlohmann::json::parse(read_file(path), nullptr, false);
  TrainOptions options;
  options.folder = folder;
  try {
    options.net = json.at("net").get<std::string>();
    options.epochs = json.at("epochs").get<int64_t>();
    options.batch = json.at("batch").get<int64_t>();
    options.rate = json.at("lr").get<double>();
    options.schedule = schedule_named(json.at("schedule").get<std::string>());
    options.optimizer = json.at("optimizer").get<std::string>();
    options.seed = json.at("seed").get<uint64_t>();
    options.threads = json.at("threads").get<int>();
    options.backend = json.at("backend").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    throw Error("'" + path + "' does not hold the options of a run: " + error.what());
  }
  return options;
}

}  // namespace pullback::cli
