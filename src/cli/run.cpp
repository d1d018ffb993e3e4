#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/backend_option.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/number_option.h"
#include "cli/program_file.h"
#include "cli/tensor_text.h"
#include "data/npy/npy.h"
#include "ir/precision.h"
#include "run/executable.h"
#include "train/loop/options.h"

namespace pullback::cli {

namespace {

struct RunOptions {
  ProgramOptions program;
  std::vector<std::string> arguments;
  std::string backend = "native", device = "cpu", precision, output;
  int threads = 0;
};

/// The precision that --precision names, if it is given.
std::optional<ElementType> precision_of(const RunOptions& options) {
  if (options.precision.empty()) return std::nullopt;
  if (options.precision == "f32") return ElementType::f32;
  if (options.precision == "f64") return ElementType::f64;
  throw Error("--precision is '" + options.precision + "'; it must be f32 or f64");
}

std::string function_text(const RunOptions& options) {
  return options.program.function.empty()
             ? "the function"
             : "'@" + options.program.function.substr(options.program.function.starts_with("@")) +
                   "'";
}

/// What the function takes and returns.
void describe(const RunOptions& options, const Graph& graph) {
  Style style = Style::of_stdout();
  auto table = [&](size_t count, auto name, auto type) {
    Table table({{"", Table::Align::right}, {"name"}, {"type"}, {"NumPy"}});
    for (size_t i = 0; i < count; ++i) {
      const Type& t = type(i);
      table.row({std::to_string(i), name(i), t.text(),
                 numpy_name(t.element) + " " + numpy_shape(t.shape)});
    }
    return table.text(style);
  };
  std::cout << function_text(options) << " of " << options.program.file << " takes "
            << counted(static_cast<int64_t>(graph.arguments.size()), "argument") << "\n"
            << table(
                   graph.arguments.size(), [&](size_t i) { return graph.arguments[i].name; },
                   [&](size_t i) { return graph.arguments[i].type; })
            << "and returns " << counted(static_cast<int64_t>(graph.results.size()), "result")
            << "\n"
            << table(
                   graph.results.size(), [&](size_t i) { return graph.name_of(graph.results[i]); },
                   [&](size_t i) { return graph.type(graph.results[i]); })
            << "\nrun it with  pullback run " << options.program.file;
  for (size_t i = 0; i < std::min<size_t>(graph.arguments.size(), 4); ++i) {
    std::cout << " ARG" << i << ".npy";
  }
  std::cout << (graph.arguments.size() > 4 ? " …" : "") << " -o DIR\n";
}

/// The argument's value in a file of its type; with --precision, of any floating-point type.
Tensor read_argument(const RunOptions& options, const Graph& graph, size_t index) {
  const Type& wanted = graph.arguments[index].type;
  Npy file = read_npy(options.arguments[index]);
  bool converts = !options.precision.empty() && is_float(wanted.element) && file.element() &&
                  is_float(*file.element());
  if (file.shape() != wanted.shape || (file.element() != wanted.element && !converts)) {
    throw Error(argument_text(graph, index) + ", is " + numpy_name(wanted.element) + " of shape " +
                numpy_shape(wanted.shape) + ", but " + options.arguments[index] + " holds " +
                file.text());
  }
  return file.tensor().convert(wanted.element);
}

void print_results(const Executable& program) {
  Style style = Style::of_stdout();
  for (size_t i = 0; i < program.results().size(); ++i) {
    Tensor value = program.result(i);
    const Type& type = program.results()[i].type;
    std::string title = style.bold(std::to_string(i)) + "  " + program.results()[i].name + "  " +
                        style.dim(type.text());
    if (value.count() > 1000) title += "  " + range_text(value);
    std::cout << title << "\n" << indented(tensor_text(value), "   ") << "\n";
  }
}

void run(const RunOptions& options) {
  check_backend(options.backend, options.device);
  Graph graph = read_program(options.program);
  if (auto precision = precision_of(options)) graph = with_floats(graph, *precision);
  if (options.arguments.empty() && !graph.arguments.empty()) return describe(options, graph);
  if (options.arguments.size() != graph.arguments.size()) {
    throw Error(function_text(options) + " of " + options.program.file + " takes " +
                counted(static_cast<int64_t>(graph.arguments.size()), "argument") + ", not " +
                std::to_string(options.arguments.size()) + "; pullback run " +
                options.program.file + " says which");
  }
  auto program = compile(options.backend, canonical_text(graph), options.program.file,
                         {.threads = options.threads, .device = options.device});
  for (size_t i = 0; i < options.arguments.size(); ++i) {
    program->set_argument(i, read_argument(options, graph, i));
  }
  program->run();
  if (options.output.empty()) return print_results(*program);
  make_folder(options.output);
  for (size_t i = 0; i < program->results().size(); ++i) {
    write_file(options.output + "/" + std::to_string(i) + ".npy", print_npy(program->result(i)));
  }
}

}  // namespace

void add_run(CLI::App& app) {
  auto* command = app.add_subcommand(
      "run", "Run a StableHLO function on NumPy files; without any, say what it takes");
  auto options = std::make_shared<RunOptions>();
  add_program(*command, options->program);
  command->add_option("ARG", options->arguments, "The arguments in order: NumPy files (.npy)")
      ->option_text("...");
  add_backend(*command, options->backend, options->device);
  command
      ->add_option("--precision", options->precision,
                   "f32 or f64 for all its floating-point types; files of either are converted")
      ->option_text("P");
  add_whole(*command, "--threads", options->threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
  command
      ->add_option("-o,--output", options->output,
                   "Write results to DIR/0.npy, DIR/1.npy, ... instead of printing them")
      ->option_text("DIR");
  command->callback([options] { run(*options); });
}

}  // namespace pullback::cli
