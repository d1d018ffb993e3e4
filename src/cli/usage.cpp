#include "cli/usage.h"

#include <algorithm>

#include "base/text.h"

namespace pullback::cli {

namespace {

std::string with_suggestion(const std::string& text, const std::string& word,
                            const std::vector<std::string>& known) {
  std::string near = nearest(word, known);
  return text + (near.empty() ? "" : "; did you mean '" + near + "'?");
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// The first argument that looks like an option and is none of the command's, or "".
std::string unknown_option(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& known) {
  for (const std::string& argument : arguments) {
    std::string name = argument.substr(0, argument.find('='));
    bool option = name.size() > 1 && name[0] == '-' && std::isalpha(name.back());
    if (option && std::find(known.begin(), known.end(), name) == known.end()) return name;
  }
  return "";
}

/// CLI11's "--batch: 1 required TEXT missing" or "--batch: At most 1 required but received 2".
std::string mismatch_message(const std::string& message) {
  std::string name = message.substr(0, message.find(':'));
  if (message.find("missing") != message.npos) return name + " lacks its value";
  if (message.find("ost 1 ") != message.npos) return name + " is given more than once";
  return message;
}

}  // namespace

std::string usage_message(const CLI::App& app, const CLI::ParseError& error,
                          const std::vector<std::string>& arguments) {
  const CLI::App* command = &app;
  if (auto used = app.get_subcommands(); !used.empty()) command = used.front();
  std::string message = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) message = mismatch_message(message);
  if (command == &app) {
    std::vector<std::string> commands;
    for (const CLI::App* c : app.get_subcommands([](const CLI::App*) { return true; })) {
      commands.push_back(c->get_name());
    }
    if (!arguments.empty() && arguments[0][0] != '-') {
      message =
          with_suggestion("there is no command '" + arguments[0] + "'", arguments[0], commands);
    }
  }
  std::vector<std::string> known = option_names(*command);
  std::string unknown = unknown_option(arguments, known);
  bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (!unknown.empty() && (extra || arguments[0] == unknown)) {
    message = with_suggestion("there is no option '" + unknown + "'", unknown, known);
  }
  std::string name = command == &app ? "" : " " + command->get_name();
  return "pullback" + name + ": " + message + "\n  see pullback" + name + " --help";
}

}  // namespace pullback::cli
