#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace pullback {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw Error("cannot " + what + " '" + path + "': " + std::strerror(errno));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd(open(path.c_str(), flags, 0644)) {}
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

std::string read_file(const std::string& path) {
  Descriptor file(path, O_RDONLY | O_CLOEXEC);
  if (file.fd < 0) fail("read", path);
  std::string bytes;
  for (;;) {
    char block[1 << 16];
    ssize_t count = read(file.fd, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) return bytes;
    bytes.append(block, static_cast<size_t>(count));
  }
}

namespace {

void write_and_sync(const std::string& file_path, int flags, std::string_view bytes,
                    const std::string& path) {
  Descriptor file(file_path, O_WRONLY | O_CLOEXEC | flags);
  if (file.fd < 0) fail("write", path);
  write_all(file.fd, bytes, path);
  // Pipes and terminals cannot be synced.
  if (fsync(file.fd) != 0 && errno != EINVAL && errno != EROFS) fail("write", path);
}

}  // namespace

void write_file(const std::string& path, std::string_view bytes) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::file_status status = fs::status(path, ignored);
  // A link, such as /dev/stdout, stays what it is.
  bool link = fs::is_symlink(fs::symlink_status(path, ignored));
  if (link || (fs::exists(status) && !fs::is_regular_file(status))) {
    write_and_sync(path, O_CREAT | O_TRUNC, bytes, path);
    return;
  }
  std::string partial = path + ".partial";
  try {
    write_and_sync(partial, O_CREAT | O_TRUNC, bytes, path);
    if (std::rename(partial.c_str(), path.c_str()) != 0) fail("write", path);
  } catch (const Error&) {
    unlink(partial.c_str());
    throw;
  }
  fs::path folder = fs::path(path).parent_path();
  Descriptor directory(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory.fd >= 0) fsync(directory.fd);
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path)) {
    throw Error("cannot make the folder '" + path +
                "': " + (error ? error.message() : "there is a file of that name"));
  }
}

}  // namespace pullback
