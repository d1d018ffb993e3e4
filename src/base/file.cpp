#include "base/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.h"

namespace pullback {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void fail(const char* action, const std::string& path, int reason) {
  throw Error(std::string("cannot ") + action + " '" + path + "': " + std::strerror(reason));
}

}  // namespace

std::string read_file(const std::string& path) {
  // Some systems open folders for reading.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("read", path, EISDIR);
  File file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) fail("read", path, errno);
  std::string bytes;
  char block[1 << 16];
  while (size_t count = std::fread(block, 1, sizeof block, file.get())) bytes.append(block, count);
  if (std::ferror(file.get())) fail("read", path, errno);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  std::string partial = path + ".partial";
  File file(std::fopen(partial.c_str(), "wb"), std::fclose);
  if (!file) fail("write", path, errno);
  errno = 0;
  bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  whole = std::fclose(file.release()) == 0 && whole;
  if (!whole || std::rename(partial.c_str(), path.c_str()) != 0) {
    int reason = errno;
    std::remove(partial.c_str());
    fail("write", path, reason);
  }
}

}  // namespace pullback
