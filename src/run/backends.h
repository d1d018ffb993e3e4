#pragma once

#include <string>
#include <vector>

namespace pullback {

/// Whether a backend can be used here, for one device.
struct BackendStatus {
  std::string backend, device;
  std::string version = {};               ///< "PJRT 0.115, StableHLO 1.20.0"; "" if not ready
  std::vector<std::string> devices = {};  ///< what it found, e.g. "NVIDIA H100 80GB HBM3"
  std::string library = {};               ///< the file it is loaded from; "" if built in or missing
  std::string problem = {};               ///< why it cannot be used; "" if it can
  std::string install = {};               ///< the command that installs it; "" if there is none
};

/// All backends and devices. Plugins are tried in a process of their own, so that one that crashes
/// does no harm; call it before threads are started.
std::vector<BackendStatus> list_backends();

}  // namespace pullback
