#pragma once

#include <CLI/CLI.hpp>

/// One function and one file per command: it declares the command's options and what it does. A
/// command that fails throws Error; main prints it.
namespace pullback::cli {

void add_nets(CLI::App& app);
void add_show(CLI::App& app);
void add_explain(CLI::App& app);
void add_emit(CLI::App& app);
void add_check(CLI::App& app);
void add_conform(CLI::App& app);
void add_prove(CLI::App& app);
void add_train(CLI::App& app);
void add_eval(CLI::App& app);
void add_predict(CLI::App& app);
void add_runs(CLI::App& app);
void add_data_command(CLI::App& app);
void add_bench(CLI::App& app);
void add_backends(CLI::App& app);
void add_run(CLI::App& app);
void add_fmt(CLI::App& app);
void add_grad(CLI::App& app);

}  // namespace pullback::cli
