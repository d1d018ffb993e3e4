#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/program_file.h"

namespace pullback::cli {

void add_fmt(CLI::App& app) {
  auto* command = app.add_subcommand("fmt", "Print a StableHLO module in canonical form");
  auto options = std::make_shared<ProgramOptions>();
  auto output = std::make_shared<std::string>();
  auto in_place = std::make_shared<bool>(false);
  add_program(*command, *options);
  command->add_flag("-i,--in-place", *in_place, "Write the file itself, whole or not at all");
  command->add_option("-o,--output", *output, "Write to this file")->option_text("FILE");
  command->callback([=] {
    if (*in_place && !output->empty()) throw Error("-i and -o both say where to write");
    std::string text = canonical_text(read_program(*options));
    report_skipped(options->file);
    write_text(text, *in_place ? options->file : *output);
  });
}

}  // namespace pullback::cli
