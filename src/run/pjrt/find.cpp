#include "run/pjrt/find.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"
#include "run/packages/packages.h"

namespace pullback::pjrt {

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names{"cpu", "cuda", "rocm", "tpu"};
  return names;
}

std::string find_plugin(const std::string& device) {
  const std::vector<std::string>& names = device_names();
  if (std::find(names.begin(), names.end(), device) == names.end()) {
    throw Error("--device is '" + device + "'; for --backend pjrt it is one of " + join(names));
  }
  const char* path = std::getenv("PULLBACK_PJRT_PLUGIN");
  if (path != nullptr && path[0] != '\0') {
    if (std::filesystem::exists(path)) return path;
    throw Error("PULLBACK_PJRT_PLUGIN is '" + std::string(path) + "', and there is no such file");
  }
  for (const Package& package : packages()) {
    if (package.backend != "pjrt" || package.device != device) continue;
    if (is_installed(package)) return library_of(package);
    auto megabytes = std::lround(static_cast<double>(package.bytes()) / 1e6);
    throw Error("this machine has no PJRT plugin for the device " + device + "; install one (" +
                std::to_string(megabytes) + " MB) with\n  " + install_command(package) +
                "\n  or name one that you have: PULLBACK_PJRT_PLUGIN=/path/to/plugin.so");
  }
  throw Error("name the PJRT plugin for the device " + device +
              ": PULLBACK_PJRT_PLUGIN=/path/to/plugin.so");
}

}  // namespace pullback::pjrt
