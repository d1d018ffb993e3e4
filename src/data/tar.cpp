#include "data/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "data/gzip.h"

namespace pullback {

namespace {

constexpr uint64_t block = 512;
constexpr size_t largest_in_memory = size_t{3} << 30;
constexpr uint64_t longest_name = 1 << 16;

/// One header block: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
class Header {
 public:
  explicit Header(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}

  bool empty() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
  }
  char type() const { return static_cast<char>(bytes_[156]); }
  std::string path() const {
    std::string name = text(0, 100), prefix = text(345, 155);
    bool ustar = text(257, 6) == "ustar";
    return ustar && !prefix.empty() ? prefix + "/" + name : name;
  }
  /// Octal, or binary where the first bit is set.
  std::optional<uint64_t> size() const { return number(124, 12); }
  bool checksum_fits() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < block; ++i) sum += i >= 148 && i < 156 ? ' ' : bytes_[i];
    return number(148, 8) == sum;
  }

 private:
  std::string text(size_t at, size_t length) const {
    const char* begin = reinterpret_cast<const char*>(bytes_.data()) + at;
    return {begin, strnlen(begin, length)};
  }
  std::optional<uint64_t> number(size_t at, size_t length) const {
    uint64_t value = 0;
    if (bytes_[at] & 0x80) {
      for (size_t i = at + length - 8; i < at + length; ++i) value = value << 8 | bytes_[i];
      return value;
    }
    for (size_t i = at; i < at + length; ++i) {
      char c = static_cast<char>(bytes_[i]);
      if (c == ' ' || c == '\0') continue;
      if (c < '0' || c > '7') return {};
      value = value << 3 | static_cast<uint64_t>(c - '0');
    }
    return value;
  }

  const std::vector<uint8_t>& bytes_;
};

/// The value of a key in pax records: "<length> <key>=<value>\n" …
std::optional<std::string> pax_value(std::string_view records, std::string_view key) {
  while (!records.empty()) {
    size_t space = records.find(' ');
    if (space == std::string_view::npos || space > 9) return {};
    size_t length = 0;
    for (char c : records.substr(0, space)) length = length * 10 + static_cast<size_t>(c - '0');
    if (length <= space + 1 || length > records.size()) return {};
    std::string_view record = records.substr(space + 1, length - space - 2);
    size_t equals = record.find('=');
    if (equals != std::string_view::npos && record.substr(0, equals) == key) {
      return std::string(record.substr(equals + 1));
    }
    records.remove_prefix(length);
  }
  return {};
}

}  // namespace

bool Tar::is_name(const std::string& path) {
  return path.ends_with(".tar") || path.ends_with(".tar.gz") || path.ends_with(".tgz");
}

Tar::Tar(const std::string& path) : path_(path) {
  file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file_ < 0 || fstat(file_, &status) != 0) {
    throw Error("cannot open '" + path + "': " + std::strerror(errno));
  }
  try {
    size_ = static_cast<uint64_t>(status.st_size);
    std::array<uint8_t, 2> magic{};
    if (pread(file_, magic.data(), 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
      bytes_ = read_gzip(path, largest_in_memory);
      size_ = bytes_.size();
    }
    list();
  } catch (...) {
    close(file_);
    throw;
  }
}

Tar::~Tar() { close(file_); }

std::vector<uint8_t> Tar::bytes_at(uint64_t offset, uint64_t size) const {
  if (offset > size_ || size > size_ - offset) {
    throw Error("'" + path_ + "' is cut short: it ends after " + std::to_string(size_) +
                " bytes; get it again from its source");
  }
  if (!bytes_.empty()) {
    auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
  }
  std::vector<uint8_t> bytes(size);
  for (uint64_t done = 0; done < size;) {
    ssize_t got = pread(file_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw Error("cannot read '" + path_ + "': " + (got < 0 ? std::strerror(errno) : "it shrank"));
    }
    done += static_cast<uint64_t>(got);
  }
  return bytes;
}

void Tar::list() {
  std::optional<std::string> path;  // of the next member, from a header before it
  constexpr uint64_t own_size = ~uint64_t{0};
  uint64_t size = own_size;
  for (uint64_t at = 0; at < size_;) {
    std::vector<uint8_t> bytes = bytes_at(at, block);
    Header header(bytes);
    if (header.empty()) return;
    std::optional<uint64_t> own = header.size();
    if (!header.checksum_fits() || !own) {
      throw Error("'" + path_ + "' is no tar archive, or damaged, at byte " + std::to_string(at) +
                  "; it can be plain or gzipped, but not compressed otherwise");
    }
    Member member{path.value_or(header.path()), at + block, *own};
    char type = header.type();
    bool extra = type == 'L' || type == 'x';  // a long name, or pax records, of the next member
    if (!extra && size != own_size) member.size = size;
    if (member.size > size_ - std::min(size_, member.offset)) {
      throw Error("'" + path_ + "' is cut short within '" + member.path +
                  "'; get it again from its source");
    }
    at = member.offset + (member.size + block - 1) / block * block;
    if (extra) {
      std::vector<uint8_t> content = bytes_at(member.offset, std::min(member.size, longest_name));
      std::string text(content.begin(), content.end());
      if (type == 'L') path = text.c_str();
      if (auto value = pax_value(text, "path"); type == 'x' && value) path = value;
      if (auto value = pax_value(text, "size"); type == 'x' && value) {
        size = std::strtoull(value->c_str(), nullptr, 10);
      }
      continue;
    }
    if (type == '0' || type == '\0' || type == '7') members_.push_back(std::move(member));
    path.reset();
    size = own_size;
  }
}

std::vector<uint8_t> Tar::read(const Member& member) const {
  return bytes_at(member.offset, member.size);
}

}  // namespace pullback
