#pragma once

#include <string>
#include <vector>

namespace pullback::pjrt {

/// The devices that a plugin can be for: "cpu", "cuda", "rocm", "tpu".
const std::vector<std::string>& device_names();

/// The path of the plugin for a device: $PULLBACK_PJRT_PLUGIN if that is set, else the installed
/// package's. Throws Error that says how to install one.
std::string find_plugin(const std::string& device);

}  // namespace pullback::pjrt
