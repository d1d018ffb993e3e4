#include "run/packages/install.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/sha256.h"
#include "run/packages/fetch.h"
#include "run/packages/index.h"

namespace pullback {

namespace fs = std::filesystem;

namespace {

std::string download_of(const Wheel& wheel) { return cache_folder() + "/downloads/" + wheel.file; }

void check_sha256(const Wheel& wheel, const std::string& path, const std::string& advice) {
  std::string found = sha256_of_file(path);
  if (found == wheel.sha256) return;
  throw Error("'" + path + "' is not " + wheel.project + " " + wheel.version +
              ": its SHA-256 is\n  " + found + ", but it should be\n  " + wheel.sha256 + "\n  " +
              advice);
}

/// The path of the wheel, downloaded and checked.
std::string get(const Wheel& wheel, const InstallOptions& options) {
  if (!options.from.empty()) {
    std::string path = options.from + "/" + wheel.file;
    if (!fs::exists(path)) {
      throw Error("'" + options.from + "' has no file " + wheel.file);
    }
    check_sha256(wheel, path, "fetch it again");
    return path;
  }
  std::string path = download_of(wheel), partial = path + ".partial";
  std::error_code error;
  make_folder(fs::path(path).parent_path());
  if (!fs::exists(path)) {
    std::string index = options.index.empty() ? configured_index() : options.index;
    fetch_file(address_of(wheel, index), partial, [&](int64_t bytes) {
      if (options.progress) options.progress(wheel, bytes);
    });
    fs::rename(partial, path);
  }
  try {
    check_sha256(wheel, path, "it is removed; run the same command again");
  } catch (const Error&) {
    fs::remove(path, error);
    throw;
  }
  return path;
}

void unpack(const std::string& wheel, const std::string& folder) {
  if (!has_program("unzip")) throw Error("wheels are zip archives: apt-get install unzip");
  Finished finished = run_command({"unzip", "-q", "-o", wheel, "-d", folder});
  if (finished.status != 0) {
    throw Error("cannot unpack '" + wheel + "': " + finished.output + "  unzip " +
                ending_text(finished.status) + "; is the disk full?");
  }
}

}  // namespace

void install(const Package& package, const InstallOptions& options) {
  std::string folder = folder_of(package);
  std::string partial = folder + ".partial-" + std::to_string(getpid());
  make_folder(fs::path(folder).parent_path());
  try {
    for (const Wheel& wheel : package.wheels) unpack(get(wheel, options), partial);
    if (!fs::exists(partial + "/" + package.library)) {
      throw Error("the wheels of " + package.name + " have no " + package.library);
    }
    std::error_code error;
    fs::remove_all(folder, error);
    fs::rename(partial, folder, error);
    if (error) throw Error("cannot make '" + folder + "': " + error.message());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  std::error_code ignored;
  for (const Wheel& wheel : package.wheels) fs::remove(download_of(wheel), ignored);
}

bool remove_package(const Package& package) {
  std::error_code error;
  for (const Wheel& wheel : package.wheels) {
    fs::remove(download_of(wheel), error);
    fs::remove(download_of(wheel) + ".partial", error);
  }
  return fs::remove_all(folder_of(package), error) > 0;
}

}  // namespace pullback
