#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.h"

namespace pullback {

std::vector<uint8_t> read_gzip(const std::string& path, size_t limit) {
  if (std::filesystem::is_directory(path)) throw Error("'" + path + "' is a folder, not a file");
  errno = 0;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) {
    throw Error("cannot open '" + path + "': " + (errno != 0 ? std::strerror(errno) : "no memory"));
  }
  gzbuffer(file.get(), 1 << 17);
  std::vector<uint8_t> bytes;
  size_t used = 0;
  for (;;) {
    if (bytes.size() == used) bytes.resize(std::max<size_t>(used * 2, 1 << 20));
    unsigned room = static_cast<unsigned>(std::min<size_t>(bytes.size() - used, 1 << 30));
    int got = gzread(file.get(), bytes.data() + used, room);
    int code = Z_OK;
    const char* message = gzerror(file.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      throw Error("'" + path + "' is damaged or cut short (" + message +
                  "); get it again from its source");
    }
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > limit) {
      throw Error("'" + path + "' holds more than the " + std::to_string(limit) +
                  " bytes that are expected");
    }
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace pullback
