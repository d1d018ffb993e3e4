#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "train/loop/curves.h"
#include "train/loop/run_folder.h"

namespace pullback::cli {

namespace {

namespace fs = std::filesystem;

/// A run as its folder tells it.
struct Run {
  std::string folder;
  TrainOptions options;
  std::vector<LogEntry> entries;
  double best = -1, best_epoch = 0, last = -1;  ///< test accuracies
};

Run read_run(const std::string& folder) {
  Run run{.folder = folder, .options = run_options(folder), .entries = {}};
  if (fs::exists(folder + "/log.jsonl")) run.entries = read_log(folder + "/log.jsonl");
  for (const LogEntry& e : run.entries) {
    if (e.test_accuracy < 0) continue;
    run.last = e.test_accuracy;
    if (e.test_accuracy > run.best) {
      run.best = e.test_accuracy;
      run.best_epoch = e.epoch;
    }
  }
  return run;
}

/// The folders given, or those of the runs below runs/, in the order of their names with numbers as
/// numbers.
std::vector<std::string> folders_of(const std::vector<std::string>& given) {
  if (!given.empty()) return given;
  std::vector<std::string> folders;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("runs", ignored)) {
    if (fs::exists(entry.path() / "options.json", ignored))
      folders.push_back(entry.path().string());
  }
  if (folders.empty()) {
    throw Error("there are no runs below runs/; begin one with: pullback train mnist-mlp");
  }
  auto key = [](const std::string& name) {
    size_t dash = name.rfind('-');
    return std::tuple{name.substr(0, dash), name.size(), name};
  };
  std::sort(folders.begin(), folders.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  return folders;
}

std::string accuracy_text(double accuracy) { return accuracy < 0 ? "" : fixed(accuracy, 4); }

/// What tells the runs apart, in a few words.
std::string settings_text(const TrainOptions& o) {
  std::string text =
      fmt::format("{}, lr {:g} {}, batch {}", o.optimizer, o.rate, o.schedule.text(), o.batch);
  if (o.weight_decay > 0) text += fmt::format(", decay {:g}", o.weight_decay);
  if (o.augmentation != Augmentation{}) text += ", " + o.augmentation.text();
  return text + fmt::format(", seed {}", o.seed);
}

void print_table(const std::vector<Run>& runs) {
  using enum Table::Align;
  Table table({{"run"},
               {"epochs", right},
               {"loss", right},
               {"best", right},
               {"at epoch", right},
               {"last", right},
               {"images/s", right},
               {"settings"}});
  for (const Run& run : runs) {
    const LogEntry end = run.entries.empty() ? LogEntry{} : run.entries.back();
    table.row({run.folder, fmt::format("{:.4g}/{}", end.epoch, run.options.epochs),
               fixed(end.loss, 4), accuracy_text(run.best),
               run.best < 0 ? "" : fmt::format("{:.4g}", run.best_epoch), accuracy_text(run.last),
               grouped(static_cast<int64_t>(end.images_per_second)), settings_text(run.options)});
  }
  fmt::print("{}", table.text(Style::of_stdout()));
}

void print_json(const std::vector<Run>& runs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Run& run : runs) {
    const LogEntry end = run.entries.empty() ? LogEntry{} : run.entries.back();
    list.push_back({{"run", run.folder},
                    {"epochs_done", end.epoch},
                    {"loss", end.loss},
                    {"best_accuracy", run.best},
                    {"last_accuracy", run.last},
                    {"options", nlohmann::ordered_json::parse(print_options(run.options))}});
  }
  fmt::print("{}\n", list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void compare(const std::vector<std::string>& given, const std::string& svg, bool as_json) {
  std::vector<Run> runs;
  for (const std::string& folder : folders_of(given)) runs.push_back(read_run(folder));
  if (!svg.empty()) {
    std::vector<NamedLog> logs;
    for (const Run& run : runs) logs.push_back({run.folder, run.entries});
    write_file(svg, draw_comparison(logs));
  }
  as_json ? print_json(runs) : print_table(runs);
}

}  // namespace

void add_runs(CLI::App& app) {
  auto* command = app.add_subcommand("runs", "Compare runs: a table, and curves as an SVG");
  auto folders = std::make_shared<std::vector<std::string>>();
  auto svg = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  command->add_option("RUN", *folders, "Folders of runs; all below runs/ otherwise")
      ->option_text(" ");
  command->add_option("--svg", *svg, "Draw the test accuracies over the epochs")
      ->option_text("FILE");
  command->add_flag("--json", *as_json, "One JSON array");
  command->callback([=] { compare(*folders, *svg, *as_json); });
}

}  // namespace pullback::cli
