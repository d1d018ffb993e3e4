#include "cli/explain.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "zoo/zoo.h"

namespace pullback::cli {

namespace {

struct ExplainOptions {
  std::string subject;
  std::string layer;
  int64_t batch = 2;
  Resize resize;
};

std::vector<std::string> names_of_ops() {
  std::vector<std::string> names;
  for (const OpInfo& info : all_ops()) names.emplace_back(info.name);
  return names;
}

std::vector<std::string> names_of_networks() {
  std::vector<std::string> names;
  for (const Network& network : zoo()) names.push_back(network.name);
  return names;
}

[[noreturn]] void reject(const std::string& subject) {
  std::vector<std::string> known = names_of_networks();
  for (const std::string& name : names_of_ops()) known.push_back(name);
  for (const std::string& name : layer_kinds()) known.push_back(name);
  std::string near = nearest(subject, known);
  throw Error("there is no network, layer or op '" + subject + "'" +
              (near.empty() ? "" : "; did you mean '" + near + "'?") +
              "\n  networks: " + join(names_of_networks()) + "\n  layers: " + join(layer_kinds()) +
              "\n  ops: see pullback explain ops");
}

std::string explanation(const ExplainOptions& options, const Style& style) {
  auto is_one_of = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), options.subject) != names.end();
  };
  if (options.subject.ends_with(".toml") || is_one_of(names_of_networks())) {
    return explain_network(load(options.subject, options.resize), options.batch, options.layer,
                           style);
  }
  if (!options.layer.empty()) throw Error("--layer needs a network, not '" + options.subject + "'");
  if (options.subject == "ops") return list_ops(style);
  if (is_one_of(names_of_ops())) return explain_op(options.subject, style);
  if (is_one_of(layer_kinds())) return explain_layer(options.subject, style);
  reject(options.subject);
}

}  // namespace

void add_explain(CLI::App& app) {
  auto* command = app.add_subcommand(
      "explain", "Derive a network's or a layer's backward pass, or an op's rule");
  auto options = std::make_shared<ExplainOptions>();
  command
      ->add_option("WHAT", options->subject,
                   "A network, a TOML file, a layer's kind, an op, or \"ops\" for a list")
      ->required()
      ->option_text(" ");
  add_resize(*command, options->resize);
  command->add_option("--layer", options->layer, "One layer only, e.g. conv1")->option_text("NAME");
  add_batch(*command, options->batch);
  command->callback([options] { std::cout << explanation(*options, Style::of_stdout()); });
}

}  // namespace pullback::cli
