#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"

/// StableHLO files that a command takes.
namespace pullback::cli {

struct ProgramOptions {
  std::string file;
  std::string function;  ///< "": main, or the only one
};

/// FILE.mlir and --function.
void add_program(CLI::App& command, ProgramOptions& options);
/// --function alone.
void add_function(CLI::App& command, std::string& function);

/// The function, read and checked. Throws Error naming the file and the place in it.
Graph read_program(const ProgramOptions& options);

/// Says on stderr which attributes of the file are not kept, if there are any.
void report_skipped(const std::string& file);

/// The graph as canonical StableHLO text.
std::string canonical_text(const Graph& graph);

/// Writes to the file, or to stdout if `output` is "".
void write_text(const std::string& text, const std::string& output);

/// "argument 1 'labels', tensor<3xi32>".
std::string argument_text(const Graph& graph, size_t index);

}  // namespace pullback::cli
