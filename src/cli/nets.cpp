#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/format.h"
#include "nn/model.h"
#include "zoo/zoo.h"

namespace pullback::cli {

namespace {

std::string size_text(const ImageShape& image) {
  return std::to_string(image.height) + "×" + std::to_string(image.width) + "×" +
         std::to_string(image.channels);
}

void print_json() {
  auto list = nlohmann::ordered_json::array();
  for (const Network& network : zoo()) {
    nlohmann::ordered_json entry;
    entry["name"] = network.name;
    entry["parameters"] = build_training(network, 1).parameter_count();
    entry["input"] = {network.input.height, network.input.width, network.input.channels};
    entry["classes"] = network.classes;
    entry["layers"] = network.layers.size();
    entry["source"] = network.source;
    list.push_back(entry);
  }
  std::cout << list.dump(2) << "\n";
}

void print_table() {
  using enum Table::Align;
  Table table({{"network"}, {"parameters", right}, {"input"}, {"classes", right}, {"source"}});
  for (const Network& network : zoo()) {
    table.row({network.name, grouped(build_training(network, 1).parameter_count()),
               size_text(network.input), std::to_string(network.classes), network.source});
  }
  std::cout << table.text(Style::of_stdout());
}

}  // namespace

void add_nets(CLI::App& app) {
  auto* command = app.add_subcommand("nets", "List the networks of the zoo");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print a JSON array of objects");
  command->callback([json] { *json ? print_json() : print_table(); });
}

}  // namespace pullback::cli
