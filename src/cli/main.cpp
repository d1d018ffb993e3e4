#include <exception>
#include <iostream>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/usage.h"

namespace {

void add_commands(CLI::App& app) {
  using namespace pullback::cli;
  add_nets(app);
  add_show(app);
  add_explain(app);
  add_emit(app);
  add_check(app);
  add_conform(app);
  add_prove(app);
  add_train(app);
  add_eval(app);
  add_predict(app);
  add_runs(app);
  add_data_command(app);
  add_bench(app);
  add_backends(app);
  add_run(app);
  add_fmt(app);
  add_grad(app);
}

int run(CLI::App& app, int argc, char** argv) {
  if (argc < 2) {
    std::cout << app.help();
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RuntimeError& failed) {
    return failed.get_exit_code();
  } catch (const CLI::ParseError& error) {
    std::cerr << pullback::cli::usage_message(app, error, {argv + 1, argv + argc}) << "\n";
    return 2;
  }
  std::cout.flush();
  if (!std::cout) throw pullback::Error("cannot write the output: is the disk full?");
  return 0;
}

}  // namespace

/// Exit status: 0 done, 1 a mistake in what was given or a failed check, 2 a wrong command line.
/// A command whose check fails throws CLI::RuntimeError(1) after it has printed why.
int main(int argc, char** argv) {
  CLI::App app{"Pullback: verified deep learning. Derives, proves and runs train steps.\n"};
  app.name("pullback");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  add_commands(app);
  try {
    return run(app, argc, argv);
  } catch (const pullback::Error& error) {
    std::cerr << "pullback: " << error.what() << "\n";
  } catch (const std::bad_alloc&) {
    std::cerr << "pullback: out of memory; try a smaller batch or network\n";
  } catch (const std::exception& error) {
    std::cerr << "pullback: " << error.what() << "\n";
  }
  return 1;
}
