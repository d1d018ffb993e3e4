#include "run/iree/compiler.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/sha256.h"
#include "run/iree/targets.h"
#include "run/packages/packages.h"

namespace pullback::iree {

namespace fs = std::filesystem;

namespace {

constexpr int by_signal = 128;  ///< statuses above: a signal ended it

/// IREE would compute in f32 what the text says is f64, and the signature would change.
const std::string keep_f64 = "--iree-input-demote-f64-to-f32=false";

/// What `host` means to the compiler: the processor's model and features.
std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  std::string all;
  for (std::string line; std::getline(info, line) && !line.empty();) {
    if (line.starts_with("model name") || line.starts_with("flags")) all += line + "\n";
  }
  return all;
}

/// A folder of its own that ends with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "pullback-iree-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Error("cannot make a folder like '" + name + "'");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The compiler's message with the text's name for the file it was given, cut where MLIR begins to
/// print the program.
std::string readable(std::string output, const std::string& input, std::string_view file) {
  for (size_t at; (at = output.find(input)) != std::string::npos;) {
    output.replace(at, input.size(), file);
  }
  std::istringstream lines(output);
  std::string text, line;
  for (int kept = 0; kept < 12 && std::getline(lines, line); ++kept) {
    constexpr size_t widest = 300;
    if (line.size() > widest) line = line.substr(0, widest) + "…";
    text += "\n  " + line;
  }
  return text;
}

struct Refusal : Error {
  using Error::Error;
};

std::string run_compiler(const std::string& compiler, const std::vector<std::string>& flags,
                         std::string_view text, std::string_view file) {
  Scratch scratch;
  std::string input = scratch.path() + "/program.mlir", output = scratch.path() + "/program.vmfb";
  write_file(input, text);
  std::vector<std::string> command{compiler, input, "-o", output};
  command.insert(command.end(), flags.begin(), flags.end());
  Finished finished = run_command(command, scratch.path());
  if (finished.status > by_signal) {
    throw Error("iree: the compiler " + ending_text(finished.status) + " on " + std::string(file) +
                "; if that was not you, the machine may be short of memory, or it is a fault of " +
                "iree-compile: run the program with --backend native" +
                readable(finished.output, input, file));
  }
  if (finished.status != 0 || !fs::exists(output)) {
    throw Refusal("iree: the compiler refuses " + std::string(file) + " (it " +
                  ending_text(finished.status) + ")" + readable(finished.output, input, file));
  }
  return read_file(output);
}

/// With the fast flags; without them where the compiler refuses them: data tiling makes vectors of
/// some small batches that it holds to be too large.
std::string first_that_compiles(const std::string& compiler, const std::vector<std::string>& flags,
                                const std::vector<std::string>& fast, std::string_view text,
                                std::string_view file) {
  if (fast.empty()) return run_compiler(compiler, flags, text, file);
  std::vector<std::string> all = flags;
  all.insert(all.end(), fast.begin(), fast.end());
  try {
    return run_compiler(compiler, all, text, file);
  } catch (const Refusal&) {
    return run_compiler(compiler, flags, text, file);
  }
}

/// Writes a file whole or not at all, also where other threads and processes write the same.
void keep(const std::string& path, const std::string& bytes) {
  static std::atomic<int> number = 0;
  std::string own = path + "." + std::to_string(getpid()) + "." + std::to_string(++number);
  make_folder(fs::path(path).parent_path());
  write_file(own, bytes);
  std::error_code error;
  fs::rename(own, path, error);
  if (error) throw Error("cannot write '" + path + "': " + error.message());
}

}  // namespace

std::string find_compiler() {
  const char* path = std::getenv("PULLBACK_IREE_COMPILER");
  if (path != nullptr && path[0] != '\0') {
    if (fs::exists(path)) return path;
    throw Error("PULLBACK_IREE_COMPILER is '" + std::string(path) + "', and there is no such file");
  }
  const Package& package = package_named("iree");
  if (is_installed(package)) return library_of(package);
  auto megabytes = std::lround(static_cast<double>(package.bytes()) / 1e6);
  throw Error("this machine has no IREE compiler; install it (" + std::to_string(megabytes) +
              " MB) with\n  " + install_command(package));
}

std::string compiler_version(const std::string& path) {
  Finished finished = run_command({path, "--version"});
  const std::string before = "IREE compiler version ";
  size_t at = finished.output.find(before);
  if (finished.status != 0 || at == std::string::npos) {
    throw Error("'" + path + "' is no IREE compiler: asked for its version, it " +
                ending_text(finished.status));
  }
  at += before.size();
  return finished.output.substr(at, finished.output.find('\n', at) - at);
}

std::string compile_module(std::string_view text, std::string_view file,
                           const std::string& device) {
  std::string compiler = find_compiler();
  std::vector<std::string> flags = target_of(device).flags;
  flags.push_back(keep_f64);
  std::string key = compiler_version(compiler) + "\n" + (device == "cpu" ? processor() : "");
  for (const std::string& flag : flags) key += flag + "\n";
  for (const std::string& flag : target_of(device).fast) key += flag + "\n";
  key += text;
  std::string cached = cache_folder() + "/iree/" + sha256(key) + ".vmfb";
  if (fs::exists(cached)) return read_file(cached);
  std::string module = first_that_compiles(compiler, flags, target_of(device).fast, text, file);
  keep(cached, module);
  return module;
}

}  // namespace pullback::iree
