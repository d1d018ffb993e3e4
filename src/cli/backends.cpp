#include "run/backends.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "run/packages/install.h"

namespace pullback::cli {

namespace {

std::string megabytes(int64_t bytes) {
  return fmt::format("{} MB", std::lround(static_cast<double>(bytes) / 1e6));
}

/// "2 × NVIDIA H100 80GB HBM3".
std::string devices_text(const std::vector<std::string>& devices) {
  std::string text;
  for (size_t i = 0; i < devices.size();) {
    size_t same = i;
    while (same < devices.size() && devices[same] == devices[i]) ++same;
    if (!text.empty()) text += ", ";
    text += (same - i > 1 ? std::to_string(same - i) + " × " : "") + devices[i];
    i = same;
  }
  return text;
}

void list_as_json(const std::vector<BackendStatus>& all) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const BackendStatus& s : all) {
    list.push_back({{"backend", s.backend},
                    {"device", s.device},
                    {"ready", s.problem.empty()},
                    {"version", s.version},
                    {"devices", s.devices},
                    {"library", s.library},
                    {"problem", s.problem},
                    {"install", s.install}});
  }
  fmt::print("{}\n", list.dump(2));
}

void list(bool as_json) {
  std::vector<BackendStatus> all = list_backends();
  if (as_json) return list_as_json(all);
  Style style = Style::of_stdout();
  Table table({{""}, {"backend"}, {"device"}, {"version"}, {"finds"}});
  for (const BackendStatus& s : all) {
    bool ready = s.problem.empty();
    std::string version = ready || !s.version.empty() ? s.version : "–";
    std::string finds = devices_text(s.devices);
    if (!ready) finds = s.problem.substr(0, s.problem.find('\n'));
    table.row({ready ? style.green("✓") : style.dim("–"), s.backend, s.device, version, finds});
  }
  fmt::print("{}", table.text(style));
  bool first = true;
  for (const Package& package : packages()) {
    if (package.device.empty() || is_installed(package)) continue;
    if (first) fmt::print("\nTo install:\n");
    first = false;
    std::string needs = package.needs.empty() ? "" : "; needs " + package.needs;
    fmt::print("  {:<36}  {}, {}{}\n", install_command(package), package.what,
               megabytes(package.bytes()), needs);
  }
  std::set<std::string> libraries;
  for (const BackendStatus& s : all) libraries.insert(s.library);
  libraries.erase("");
  if (!libraries.empty()) fmt::print("\nLoaded from:\n");
  for (const std::string& library : libraries) fmt::print("  {}\n", library);
}

/// The download on one line, on a terminal.
void show_progress(const Wheel& wheel, int64_t bytes) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r  {}: {} of {} ", wheel.project, megabytes(bytes), megabytes(wheel.bytes));
}

void install_package(const std::string& name, const InstallOptions& options) {
  const Package& package = package_named(name);
  if (is_installed(package)) {
    fmt::print("{} is installed: {}\n", name, library_of(package));
    return;
  }
  fmt::print(stderr, "{}: {} {}, {}, into {}\n", name, package.wheels.front().project,
             package.wheels.front().version, megabytes(package.bytes()), folder_of(package));
  InstallOptions with_progress = options;
  with_progress.progress = show_progress;
  install(package, with_progress);
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
  fmt::print("installed {}: {}\n", name, library_of(package));
  if (!package.needs.empty())
    fmt::print("it needs {}; pullback backends shows what it finds\n", package.needs);
}

std::string names_of_packages() {
  return join(packages(), ", ", [](const Package& package) { return package.name; });
}

void add_install(CLI::App& backends) {
  auto* command = backends.add_subcommand("install", "Download a backend, once");
  auto name = std::make_shared<std::string>();
  auto options = std::make_shared<InstallOptions>();
  command->add_option("NAME", *name, "One of " + names_of_packages())->required()->option_text(" ");
  command->add_option("--index", options->index, "A package index; pip's otherwise")
      ->option_text("URL");
  command->add_option("--from", options->from, "A folder that has the wheels: no download")
      ->option_text("FOLDER");
  command->footer(
      "Versions and SHA-256 are fixed. An interrupted download goes on when it is begun again.\n"
      "Kept in $XDG_CACHE_HOME/pullback or ~/.cache/pullback. Needs curl and unzip.");
  command->callback([=] { install_package(*name, *options); });
}

void add_remove(CLI::App& backends) {
  auto* command = backends.add_subcommand("remove", "Remove a backend that was installed");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "One of " + names_of_packages())->required()->option_text(" ");
  command->callback([=] {
    bool removed = remove_package(package_named(*name));
    fmt::print("{} {}\n", *name, removed ? "is removed" : "was not installed");
  });
}

}  // namespace

void add_backends(CLI::App& app) {
  auto* command = app.add_subcommand("backends", "List, install and remove backends");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "One JSON array");
  command->require_subcommand(0, 1);
  add_install(*command);
  add_remove(*command);
  command->footer(
      "PULLBACK_PJRT_PLUGIN names a PJRT plugin of your own. PULLBACK_GPU_MEMORY is the share of "
      "a\n"
      "GPU's memory that may be used [0.9]; PULLBACK_GPU_PREALLOCATE=1 takes it at the start.");
  command->callback([=] {
    if (command->get_subcommands().empty()) list(*as_json);
  });
}

}  // namespace pullback::cli
