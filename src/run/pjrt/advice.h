#pragma once

#include <string>

#include "run/pjrt/plugin.h"

namespace pullback::pjrt {

/// The error to show for what a plugin refused: "pjrt on cpu: cannot compile step.mlir: …", and
/// what to do about it, by the plugin's code.
Error explained(const PluginError& error, const std::string& device, const std::string& doing);

}  // namespace pullback::pjrt
