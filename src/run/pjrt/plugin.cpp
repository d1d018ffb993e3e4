#include "run/pjrt/plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>

#include "base/text.h"

namespace pullback::pjrt {

namespace {

// The oldest interface that has every field that is used here, and the oldest StableHLO with the
// ops that Pullback prints.
constexpr int oldest_minor = 67;
constexpr std::array<int64_t, 3> oldest_stablehlo{1, 0, 0};

std::string dotted(const std::array<int64_t, 3>& version) { return join(version, "."); }

}  // namespace

std::shared_ptr<const Plugin> Plugin::load(const std::string& path) {
  static std::mutex mutex;
  static auto& loaded = *new std::map<std::string, std::shared_ptr<const Plugin>>;
  std::lock_guard lock(mutex);
  std::shared_ptr<const Plugin>& plugin = loaded[path];
  if (!plugin) plugin.reset(new Plugin(path));
  return plugin;
}

Plugin::Plugin(const std::string& path) : path_(path) {
  // XLA would write its notes to the user's terminal; its errors it returns.
  setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0);
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    throw Error("cannot load the PJRT plugin '" + path + "': " + dlerror());
  }
  auto get_api = reinterpret_cast<const abi::Api* (*)()>(dlsym(library, "GetPjrtApi"));
  if (get_api == nullptr) {
    throw Error("'" + path + "' is no PJRT plugin: it has no function GetPjrtApi");
  }
  api_ = get_api();
  if (api_ == nullptr) throw Error("'" + path + "' gives no PJRT interface");
  check_version();
  abi::PluginInitialize initialize;
  call(initialize);
  read_attributes();
}

void Plugin::check_version() const {
  const auto& version = api_->version;
  bool whole = has<abi::ExecutableGetCompiledMemoryStats>();
  if (version.major == 0 && version.minor >= oldest_minor && whole) return;
  throw Error("'" + path_ + "' speaks version " + std::to_string(version.major) + "." +
              std::to_string(version.minor) + " of PJRT's C interface; Pullback needs 0." +
              std::to_string(oldest_minor) + " or a newer 0.x: take another version of the plugin");
}

void Plugin::read_attributes() {
  abi::PluginAttributes attributes;
  call(attributes);
  for (size_t i = 0; i < attributes.num_attributes; ++i) {
    const abi::NamedValue& value = attributes.attributes[i];
    std::string_view name(value.name, value.name_size);
    bool version = value.type == abi::ValueType::int64_list && value.value_size == 3;
    if (name != "stablehlo_current_version" || !version) continue;
    std::copy_n(value.int64_list, 3, stablehlo_.begin());
  }
  if (stablehlo_ != std::array<int64_t, 3>{} && stablehlo_ < oldest_stablehlo) {
    throw Error("'" + path_ + "' takes StableHLO up to version " + dotted(stablehlo_) +
                "; Pullback prints " + dotted(oldest_stablehlo) +
                ": take a newer version of the plugin");
  }
}

std::string Plugin::version() const {
  std::string text = "PJRT 0." + std::to_string(minor_version());
  bool known = stablehlo_ != std::array<int64_t, 3>{};
  return known ? text + ", StableHLO " + dotted(stablehlo_) : text;
}

void Plugin::destroy(abi::Error* error) const noexcept {
  if (error == nullptr) return;
  abi::ErrorDestroy destroy;
  destroy.error = error;
  reinterpret_cast<void (*)(abi::ErrorDestroy*)>(prepare(destroy))(&destroy);
}

void Plugin::check(abi::Error* error) const {
  if (error == nullptr) return;
  abi::ErrorMessage message;
  message.error = error;
  reinterpret_cast<void (*)(abi::ErrorMessage*)>(prepare(message))(&message);
  std::string text(message.message, message.message_size);
  abi::ErrorGetCode code;
  code.error = error;
  call_quietly(code);
  destroy(error);
  throw PluginError(code.code, text);
}

void Plugin::wait(abi::Event* event) const {
  if (event == nullptr) return;
  abi::EventAwait await;
  await.event = event;
  abi::EventDestroy destroyed;
  destroyed.event = event;
  try {
    call(await);
  } catch (const PluginError&) {
    call_quietly(destroyed);
    throw;
  }
  call_quietly(destroyed);
}

}  // namespace pullback::pjrt
