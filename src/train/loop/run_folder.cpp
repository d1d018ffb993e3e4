#include "train/loop/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "zoo/toml.h"

namespace pullback {

namespace fs = std::filesystem;

namespace {

void require_run(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error("there is no folder '" + folder +
                "' of a run; runs are in runs/ unless --out said "
                "otherwise");
  }
  if (!fs::exists(folder + "/options.json", ignored)) {
    throw Error("'" + folder + "' is no folder of a run: it has no options.json");
  }
}

}  // namespace

RunFolder::RunFolder(const std::string& path) : path_(path) {
  lock_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) throw Error("cannot open the folder '" + path + "': " + std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(lock_);
    throw Error("'" + path +
                "' is in use: another process is training there; wait for it, or "
                "choose another folder with --out");
  }
}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

RunFolder RunFolder::begin(const std::string& path) {
  make_folder(path);
  RunFolder folder(path);
  if (folder.has("options.json")) {
    throw Error("'" + path + "' has a run already; go on with: pullback train --resume " + path +
                "\n  or choose another folder with --out");
  }
  if (folder.has("checkpoint.safetensors") || folder.has("log.jsonl")) {
    throw Error("'" + path +
                "' has files of a run, but no options.json; choose another folder "
                "with --out");
  }
  return folder;
}

RunFolder RunFolder::resume(const std::string& path) {
  require_run(path);
  return RunFolder(path);
}

bool RunFolder::has(std::string_view name) const {
  std::error_code ignored;
  return fs::exists(file(name), ignored);
}

TrainOptions run_options(const std::string& folder) {
  require_run(folder);
  std::string path = folder + "/options.json";
  return parse_options(read_file(path), path);
}

Network run_network(const std::string& folder) {
  require_run(folder);
  return read_network(folder + "/network.toml");
}

}  // namespace pullback
