#include "cli/program_file.h"

#include <iostream>

#include "base/file.h"
#include "base/text.h"
#include "parse/stablehlo.h"
#include "passes/lower.h"
#include "print/stablehlo.h"

namespace pullback::cli {

void add_function(CLI::App& command, std::string& function) {
  command.add_option("--function", function, "Which function of the module")
      ->option_text("NAME [main]");
}

void add_program(CLI::App& command, ProgramOptions& options) {
  command.add_option("FILE", options.file, "A StableHLO module as text")
      ->required()
      ->option_text(" ");
  add_function(command, options.function);
}

Graph read_program(const ProgramOptions& options) {
  std::string text = read_file(options.file);
  std::string_view function = options.function;
  if (function.starts_with("@")) function.remove_prefix(1);
  return parse_stablehlo(text, options.file, function);
}

void report_skipped(const std::string& file) {
  std::vector<std::string> names = skipped_attributes(read_file(file));
  if (names.empty()) return;
  std::cerr << "pullback: " << file << ": not kept: " << join(names) << "\n";
}

std::string canonical_text(const Graph& graph) { return print_stablehlo(lower(graph)); }

void write_text(const std::string& text, const std::string& output) {
  if (output.empty()) {
    std::cout << text;
  } else {
    write_file(output, text);
  }
}

std::string argument_text(const Graph& graph, size_t index) {
  const Argument& argument = graph.arguments.at(index);
  return "argument " + std::to_string(index) + " '" + argument.name + "', " + argument.type.text();
}

}  // namespace pullback::cli
