#pragma once

#include <string>
#include <vector>

namespace pullback::iree {

/// What IREE can compile for.
struct Target {
  std::string device;              ///< as in --device
  std::string driver;              ///< of the runtime: "local-task"
  std::string driver_library;      ///< that the machine must have; "" for the CPU
  std::string driver_name;         ///< how a person calls it
  std::vector<std::string> fast;   ///< flags for speed, which the compiler may refuse
  std::vector<std::string> flags;  ///< of iree-compile
};

/// "cpu", "cuda", "rocm", "vulkan".
const std::vector<std::string>& device_names();

/// Throws Error for another device.
const Target& target_of(const std::string& device);

}  // namespace pullback::iree
