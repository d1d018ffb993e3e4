#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/error.h"
#include "run/pjrt/abi.h"

namespace pullback::pjrt {

/// What a plugin answered instead of doing it: its own message and code.
struct PluginError : Error {
  PluginError(int code, const std::string& message) : Error(message), code(code) {}
  int code;
};

/// A loaded plugin: a shared library with PJRT's table of functions. It stays loaded until the
/// process ends.
class Plugin {
 public:
  /// Loads the library, or returns the one loaded before. Throws Error that names the file for what
  /// is no plugin, or speaks another version of the interface or of StableHLO. Thread-safe.
  static std::shared_ptr<const Plugin> load(const std::string& path);

  const std::string& path() const { return path_; }
  int minor_version() const { return api_->version.minor; }
  /// "PJRT 0.115, StableHLO 1.20.0".
  std::string version() const;

  /// Calls the function of these arguments; throws PluginError.
  template <class Args>
  void call(Args& args) const {
    check(reinterpret_cast<abi::Error* (*)(Args*)>(prepare(args))(&args));
  }
  /// The same for what must not throw: an error is dropped.
  template <class Args>
  void call_quietly(Args& args) const noexcept {
    destroy(reinterpret_cast<abi::Error* (*)(Args*)>(prepare(args))(&args));
  }
  /// Whether the plugin's table has the function of these arguments.
  template <class Args>
  bool has() const {
    return offsetof(abi::Api, functions) + (Args::slot + 1) * sizeof(void*) <= api_->head.size;
  }

  /// Waits for the event, which may be null, and destroys it; throws PluginError.
  void wait(abi::Event* event) const;

 private:
  explicit Plugin(const std::string& path);
  void check_version() const;
  void read_attributes();
  void check(abi::Error* error) const;
  void destroy(abi::Error* error) const noexcept;

  template <class Args>
  void (*prepare(Args& args) const)() {
    args.head.size = sizeof(Args);
    return api_->functions[Args::slot];
  }

  std::string path_;
  const abi::Api* api_ = nullptr;
  std::array<int64_t, 3> stablehlo_{};  ///< zeros: the plugin does not say
};

}  // namespace pullback::pjrt
