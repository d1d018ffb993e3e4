#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Compilers that others build and publish as Python wheels, which are zip archives: Pullback needs
/// the shared libraries in them, and no Python.
namespace pullback {

/// One archive, pinned.
struct Wheel {
  std::string project, version, file, sha256;
  int64_t bytes = 0;
};

/// What `pullback backends install NAME` brings.
struct Package {
  std::string name;             ///< "xla-cpu"
  std::string backend, device;  ///< which it serves: "pjrt", "cpu"
  std::string what;             ///< in one line
  std::string needs;            ///< what else has to be on the machine; "" if nothing
  std::string library;  ///< the file that is loaded or run, relative to the package's folder
  std::vector<Wheel> wheels;

  int64_t bytes() const;
};

const std::vector<Package>& packages();
/// Throws Error that lists the names.
const Package& package_named(const std::string& name);

/// Where packages and what is known about them are kept: $XDG_CACHE_HOME/pullback, or
/// ~/.cache/pullback. Throws Error if neither variable XDG_CACHE_HOME nor HOME is set.
std::string cache_folder();
/// The folder of one version of a package, there or not.
std::string folder_of(const Package& package);
/// The path of its library.
std::string library_of(const Package& package);
/// Whether it is there, whole.
bool is_installed(const Package& package);
/// "pullback backends install xla-cpu".
std::string install_command(const Package& package);

}  // namespace pullback
