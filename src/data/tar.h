#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pullback {

/// A tar archive of files (POSIX ustar and pax, GNU's long names), plain or gzipped. A plain one is
/// read where it lies; a gzipped one is held in memory, decompressed.
class Tar {
 public:
  struct Member {
    std::string path;
    uint64_t offset = 0, size = 0;
  };

  /// Lists the regular files. Throws Error that names the archive, and the member where it is
  /// known, if it cannot be read, is damaged or cut short.
  explicit Tar(const std::string& path);
  ~Tar();
  Tar(const Tar&) = delete;
  Tar& operator=(const Tar&) = delete;

  const std::string& path() const { return path_; }
  const std::vector<Member>& members() const { return members_; }
  /// A member's bytes; several threads may read at once. Throws Error.
  std::vector<uint8_t> read(const Member& member) const;

  /// Whether the file's name is that of an archive: .tar, .tar.gz or .tgz.
  static bool is_name(const std::string& path);

 private:
  std::vector<uint8_t> bytes_at(uint64_t offset, uint64_t size) const;
  void list();

  std::string path_;
  int file_ = -1;
  uint64_t size_ = 0;
  std::vector<uint8_t> bytes_;  ///< of a gzipped archive
  std::vector<Member> members_;
};

}  // namespace pullback
