#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "check/adjoints.h"
#include "check/gradients.h"
#include "cli/check_backends.h"
#include "cli/check_kinks.h"
#include "cli/commands.h"
#include "cli/data_option.h"
#include "cli/format.h"
#include "cli/network_option.h"
#include "cli/number_option.h"

namespace pullback::cli {

namespace {

struct CheckOptions {
  std::string network;
  Resize resize;
  int64_t batch = 2;
  GradientOptions gradient;
};

std::string mark(bool passed, const Style& style) {
  return passed ? style.green("✓") : style.red("✗");
}

std::string entries_text(const GradientCheck& check) {
  std::string text = std::to_string(check.samples);
  return check.kinks == 0 ? text : text + " (" + std::to_string(check.kinks) + " on a kink)";
}

/// Prints the table; returns whether all passed.
bool report(const std::vector<GradientCheck>& checks, const Style& style) {
  using enum Table::Align;
  Table table({{"parameter"},
               {"type"},
               {"largest gradient", right},
               {"entries", right},
               {"worst error", right},
               {"along a direction", right},
               {""}});
  bool all = true;
  for (const GradientCheck& c : checks) {
    table.row({c.parameter, c.type.text(), scientific(c.largest), entries_text(c),
               scientific(c.entry_error), c.direction_kink ? "kink" : scientific(c.direction_error),
               mark(c.passed(), style)});
    all &= c.passed();
  }
  std::cout << table.text(style);
  return all;
}

bool report(const std::vector<AdjointCheck>& checks, const Style& style) {
  using enum Table::Align;
  Table table({{"op"}, {"trick"}, {"uses", right}, {"worst error", right}, {"at"}, {""}});
  bool all = true;
  for (const AdjointCheck& c : checks) {
    table.row({c.op, std::string(to_string(c.trick)), std::to_string(c.instructions),
               scientific(c.error), c.worst, mark(c.passed(), style)});
    all &= c.passed();
  }
  std::cout << table.text(style);
  return all;
}

/// Shows the number of parameters done, on a terminal.
void show_progress(size_t done, size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r  " << done << "/" << all << " parameters" << (done == all ? "\r\033[K" : "")
            << std::flush;
}

void check(CheckOptions options) {
  Model model = build_training(load(options.network, options.resize), options.batch);
  options.gradient.progress = [&](size_t done) { show_progress(done, model.parameters.size()); };
  Style style = Style::of_stdout();
  std::cout << style.bold("Gradient of the loss")
            << " against central differences, f64; errors relative to the largest gradient,\n"
            << "at most " << scientific(GradientCheck::tolerance) << ":\n\n"
            << std::flush;
  bool gradients = report(check_gradients(model, options.gradient), style);
  std::cout << "\n"
            << style.bold("Adjoint identity") << " ⟨c, J u⟩ = ⟨vjp(c), u⟩ of each op, f64, at most "
            << scientific(AdjointCheck::tolerance) << ":\n\n"
            << std::flush;
  std::vector<Tensor> arguments = random_arguments(model, options.gradient.seed);
  bool adjoints =
      report(check_adjoints(model.graph, model.parameters.size(), arguments, options.gradient.seed),
             style);
  if (gradients && adjoints) {
    std::cout << "\n" << style.green("✓") << " all derivatives agree\n";
    return;
  }
  std::cout << "\n" << style.red("✗") << " a derivative is wrong: see the marked rows\n";
  throw CLI::RuntimeError(1);
}

/// The flag that chooses what is checked, and the options that belong to it.
struct Mode {
  const char* flag;  ///< "": the check of the gradient
  std::vector<const char*> options;
};

/// Throws Error for an option of a check that is not the chosen one.
void require_fitting(const CLI::App& command, const std::string& chosen) {
  const std::vector<Mode> modes{{"", {"--samples"}},
                                {"--kinks", {"--batches", "--data", "--run", "--json"}},
                                {"--backends", {"--steps", "--optimizer", "--threads", "--json"}}};
  std::map<std::string, std::vector<std::string>> flags_of;
  for (const Mode& mode : modes) {
    for (const char* option : mode.options) flags_of[option].emplace_back(mode.flag);
  }
  for (const auto& [option, flags] : flags_of) {
    bool fits = std::find(flags.begin(), flags.end(), chosen) != flags.end();
    if (fits || command.count(option) == 0) continue;
    bool gradient = flags[0].empty();
    throw Error(option + (gradient ? " is for the check of the gradient, without " + chosen
                                   : " is for " + join(flags, " and ")));
  }
}

}  // namespace

void add_check(CLI::App& app) {
  auto* command = app.add_subcommand(
      "check", "Compare a network's gradient with differences, its backends, or look for kinks");
  auto options = std::make_shared<CheckOptions>();
  auto kinks = std::make_shared<KinkOptions>();
  auto backends = std::make_shared<BackendsCheckOptions>();
  auto wanted = std::make_shared<bool>(false), wanted_backends = std::make_shared<bool>(false);
  auto as_json = std::make_shared<bool>(false);
  auto option = [&](const char* name, auto& value, const std::string& text, const char* shown) {
    return command->add_option(name, value, text)->option_text(shown);
  };
  add_network(*command, options->network, options->resize);
  add_batch(*command, options->batch)->option_text("N [2; with --kinks 32]");
  add_whole(*command, "--samples", options->gradient.samples, {0, 1000000000},
            "Entries of each parameter")
      ->option_text("N [4]");
  add_whole(*command, "--seed", options->gradient.seed, "For parameters, images and directions")
      ->option_text("N [1]");
  command->add_flag("--kinks", *wanted,
                    "Instead: do the side conditions of its certificate hold at training images?");
  add_whole(*command, "--batches", kinks->batches, {1, 1000000000}, "Of training images")
      ->option_text("N [4]");
  add_data(*command, kinks->data);
  option("--run", kinks->run, "Parameters of this run, not the initial ones", "FOLDER");
  command
      ->add_flag("--backends", *wanted_backends,
                 "Instead: do all backends compute the same train steps?")
      ->excludes("--kinks");
  add_whole(*command, "--steps", backends->parity.steps, {1, 1000000}, "Of training")
      ->option_text("N [10]");
  option("--optimizer", backends->optimizer.optimizer, "One of " + join(optimizer_names()),
         "NAME [momentum]");
  add_whole(*command, "--threads", backends->parity.threads, threads_limits, "0: one per core")
      ->option_text("N [0]");
  command->add_flag("--json", *as_json, "One JSON object");
  command->callback([=] {
    require_fitting(*command, *wanted ? "--kinks" : *wanted_backends ? "--backends" : "");
    if (*wanted_backends) {
      backends->network = options->network;
      backends->resize = options->resize;
      backends->parity.batch = options->batch;
      backends->parity.seed = options->gradient.seed;
      backends->as_json = *as_json;
      if (!check_backends(*backends)) throw CLI::RuntimeError(1);
      return;
    }
    if (!*wanted) return check(*options);
    kinks->as_json = *as_json;
    kinks->network = options->network;
    kinks->resize = options->resize;
    kinks->seed = options->gradient.seed;
    if (command->count("--batch") > 0) kinks->batch = options->batch;
    if (!check_kinks(*kinks)) throw CLI::RuntimeError(1);
  });
}

}  // namespace pullback::cli
