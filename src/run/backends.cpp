#include "run/backends.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/process.h"
#include "run/executable.h"
#include "run/iree/compiler.h"
#include "run/iree/runtime.h"
#include "run/iree/targets.h"
#include "run/packages/packages.h"
#include "run/pjrt/advice.h"
#include "run/pjrt/client.h"
#include "run/pjrt/find.h"

namespace pullback {

namespace {

/// "key text" lines of what a plugin is.
std::string describe_plugin(const std::string& path, const std::string& device) {
  auto plugin = pjrt::Plugin::load(path);
  std::string text = "version " + plugin->version() + "\n";
  try {
    auto client = pjrt::Client::open(plugin, {.device = device});
    for (pjrt::abi::Device* one : client->devices()) text += "device " + client->kind(one) + "\n";
  } catch (const pjrt::PluginError& error) {
    return text + "problem " + pjrt::explained(error, device, "open its devices").what() + "\n";
  }
  return text;
}

/// f()'s text, from a process of its own whose other output is dropped; "problem …" if it throws or
/// the process ends otherwise.
std::string in_a_process(const std::function<std::string()>& f) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("pipe: ") + std::strerror(errno));
  pid_t child = fork();
  if (child < 0) throw Error(std::string("cannot start a process: ") + std::strerror(errno));
  if (child == 0) {
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    std::string text;
    try {
      text = f();
    } catch (const std::exception& error) {
      text = std::string("problem ") + error.what() + "\n";
    }
    bool written = write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char block[4096];
  for (ssize_t n; (n = read(ends[0], block, sizeof block)) != 0;) {
    if (n < 0 && errno != EINTR) break;
    if (n > 0) text.append(block, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code == 0 ? text : "problem loading it " + ending_text(code) + "\n";
}

void read_description(const std::string& text, BackendStatus& status) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto value = [&](const char* key) { return line.substr(std::strlen(key) + 1); };
    if (line.starts_with("version ")) {
      status.version = value("version");
    } else if (line.starts_with("device ")) {
      status.devices.push_back(value("device"));
    } else if (line.starts_with("problem ")) {
      status.problem = value("problem");
    } else if (!status.problem.empty()) {
      status.problem += "\n" + line;
    }
  }
}

BackendStatus pjrt_status(const std::string& device) {
  BackendStatus status{.backend = "pjrt", .device = device};
  for (const Package& package : packages()) {
    if (package.backend == "pjrt" && package.device == device) {
      status.install = install_command(package);
    }
  }
  try {
    status.library = pjrt::find_plugin(device);
  } catch (const Error& error) {
    bool named = std::getenv("PULLBACK_PJRT_PLUGIN") != nullptr;
    status.problem = named ? error.what()
                     : status.install.empty()
                         ? "name its plugin: PULLBACK_PJRT_PLUGIN=/path/to/plugin.so"
                         : "not installed";
    return status;
  }
  read_description(in_a_process([&] { return describe_plugin(status.library, device); }), status);
  return status;
}

/// The same for IREE's runtime.
std::string describe_runtime(const std::string& device) {
  std::string text = "version runtime " + std::string(iree::runtime().runtime) + "\n";
  try {
    iree::open_device(device, 1);
  } catch (const Error& error) {
    text += std::string("problem ") + error.what() + "\n";
  }
  return text;
}

BackendStatus iree_status(const std::string& device) {
  BackendStatus status{.backend = "iree", .device = device};
  const Package& package = package_named("iree");
  status.install = install_command(package);
  std::string compiler;
  try {
    std::string path = iree::find_compiler();
    compiler = iree::compiler_version(path);
    compiler = "compiler " + compiler.substr(0, compiler.find(' '));
    status.library = path;
  } catch (const Error& error) {
    bool named = std::getenv("PULLBACK_IREE_COMPILER") != nullptr;
    status.problem = named ? error.what() : "not installed";
    return status;
  }
  read_description(in_a_process([&] { return describe_runtime(device); }), status);
  status.version = compiler + (status.version.empty() ? "" : ", ") + status.version;
  return status;
}

}  // namespace

std::vector<BackendStatus> list_backends() {
  std::string isa(kernels::name(kernels::active_isa()));
  std::vector<BackendStatus> all{
      {.backend = "native", .device = "cpu", .version = "built in, " + isa},
      {.backend = "interp", .device = "cpu", .version = "built in"}};
  for (const std::string& device : pjrt::device_names()) all.push_back(pjrt_status(device));
  for (const std::string& device : iree::device_names()) all.push_back(iree_status(device));
  return all;
}

}  // namespace pullback
