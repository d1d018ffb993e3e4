#pragma once

#include <functional>

#include "run/packages/packages.h"

namespace pullback {

struct InstallOptions {
  std::string index;  ///< of Python packages; "": what the machine is set up for
  std::string from;   ///< a folder that has the wheels already; "": download them
  /// Bytes of the wheel that are there, out of its size.
  std::function<void(const Wheel&, int64_t bytes)> progress = {};
};

/// Downloads the package's wheels, going on with what an earlier attempt left; compares their
/// SHA-256 with the pinned ones; unpacks them beside the package's folder and renames it, so that
/// it is there whole or not at all. Throws Error that says what to do.
void install(const Package& package, const InstallOptions& options);

/// Removes the package and what was downloaded for it; returns whether it was there.
bool remove_package(const Package& package);

}  // namespace pullback
