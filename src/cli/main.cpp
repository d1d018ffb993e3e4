#include <exception>
#include <iostream>

#include "base/error.h"
#include "cli/commands.h"

/// Exit status: 0 done, 1 a mistake in what was given or a failed check, 2 a wrong command line.
int main(int argc, char** argv) {
  CLI::App app{"Pullback: verified deep learning. Derives, proves and runs train steps."};
  app.name("pullback");
  app.require_subcommand(1);
  pullback::cli::add_nets(app);
  pullback::cli::add_emit(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int status = app.exit(error, std::cout, std::cerr);
    return status == 0 ? 0 : 2;
  } catch (const pullback::Error& error) {
    std::cerr << "pullback: " << error.what() << "\n";
    return 1;
  } catch (const std::bad_alloc&) {
    std::cerr << "pullback: out of memory; try a smaller batch\n";
    return 1;
  }
  return 0;
}
