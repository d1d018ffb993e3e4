#include "cli/run_folder.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/error.h"

namespace pullback::cli {

namespace fs = std::filesystem;

namespace {

std::string prefix_of(const std::string& net) { return fs::path(net).stem().string() + "-"; }

/// The greatest N of the folders runs/<prefix>N, or 0; if `begun`, of those that hold a run.
int last_number(const std::string& prefix, bool begun) {
  int last = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("runs", error)) {
    std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    int number = 0;
    const char* end = name.data() + name.size();
    auto read = std::from_chars(name.data() + prefix.size(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number >= 1000000000) continue;
    if (begun && !fs::exists(entry.path() / "options.json", error)) continue;
    last = std::max(last, number);
  }
  return last;
}

}  // namespace

std::string new_run_folder(const std::string& net) {
  std::string prefix = prefix_of(net);
  return "runs/" + prefix + std::to_string(last_number(prefix, false) + 1);
}

std::string latest_run_folder(const std::string& net) {
  std::string prefix = prefix_of(net);
  int number = last_number(prefix, true);
  if (number == 0) {
    throw Error("there is no run of '" + net + "' below runs/; begin one with: pullback train " +
                net);
  }
  return "runs/" + prefix + std::to_string(number);
}

}  // namespace pullback::cli
