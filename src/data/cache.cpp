#include "data/cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"

namespace pullback {

namespace {

/// The file: a header, a place per picture, pixels.
struct Header {
  char magic[8] = {'p', 'b', 'p', 'i', 'c', 's', '0', '1'};
  uint64_t key = 0, count = 0, channels = 0;
};
struct Place {
  uint64_t offset = 0;
  uint32_t height = 0, width = 0;
};

/// Of the pictures' names and sizes as files.
uint64_t key_of(const Dataset& data) {
  uint64_t key = 0;
  auto add = [&](uint64_t value) {
    key = (key ^ value) * 0x9e3779b97f4a7c15u;
    key ^= key >> 29;
  };
  for (int64_t i = 0; i < data.count; ++i) {
    for (char c : data.source->name(i)) add(static_cast<unsigned char>(c));
    add(data.source->file_size(i));
  }
  return key;
}

class File {
 public:
  File(const std::string& path, int flags) : path_(path) {
    file_ = open(path.c_str(), flags | O_CLOEXEC, 0644);
  }
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool there() const { return file_ >= 0; }
  int number() const { return file_; }
  uint64_t size() const {
    struct stat status {};
    return fstat(file_, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
  }
  [[noreturn]] void fail(const char* what) const {
    throw Error(std::string("cannot ") + what + " '" + path_ + "': " + std::strerror(errno));
  }
  void write(const void* bytes, uint64_t count, uint64_t offset) const {
    const char* from = static_cast<const char*>(bytes);
    for (uint64_t done = 0; done < count;) {
      ssize_t n = pwrite(file_, from + done, count - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("write");
      done += static_cast<uint64_t>(n);
    }
  }

 private:
  std::string path_;
  int file_ = -1;
};

void write_cache(const Dataset& data, const std::string& path, uint64_t key, int threads) {
  std::string partial = path + ".partial";
  File file(partial, O_RDWR | O_CREAT | O_TRUNC);
  if (!file.there()) file.fail("write");
  std::vector<Place> places(static_cast<size_t>(data.count));
  std::atomic<uint64_t> end = sizeof(Header) + places.size() * sizeof(Place);
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  parallel(threads, [&](const Team&) {
    Picture scratch;
    try {
      for (int64_t i = next++; i < data.count; i = next++) {
        PictureView p = data.picture(i, scratch);
        auto size = static_cast<uint64_t>(p.height * p.width * p.channels);
        Place place{end.fetch_add(size), static_cast<uint32_t>(p.height),
                    static_cast<uint32_t>(p.width)};
        file.write(p.pixels, size, place.offset);
        places[static_cast<size_t>(i)] = place;
      }
    } catch (...) {
      next = data.count;
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  });
  if (failure) {
    unlink(partial.c_str());
    std::rethrow_exception(failure);
  }
  Header header;
  header.key = key;
  header.count = places.size();
  header.channels = static_cast<uint64_t>(data.channels);
  file.write(places.data(), places.size() * sizeof(Place), sizeof header);
  file.write(&header, sizeof header, 0);
  if (fsync(file.number()) != 0) file.fail("write");
  if (std::rename(partial.c_str(), path.c_str()) != 0) file.fail("rename");
}

class CachedSource : public PictureSource {
 public:
  /// Null if the file is missing or does not hold these pictures.
  static std::shared_ptr<const PictureSource> map(const std::string& path, const Dataset& data,
                                                  uint64_t key) {
    File file(path, O_RDONLY);
    if (!file.there()) return nullptr;
    uint64_t size = file.size(), table = static_cast<uint64_t>(data.count) * sizeof(Place);
    if (size < sizeof(Header) + table) return nullptr;
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
    if (bytes == MAP_FAILED) file.fail("map");
    auto source = std::make_shared<CachedSource>(static_cast<const uint8_t*>(bytes), size, data);
    return source->fits(key) ? source : nullptr;
  }
  CachedSource(const uint8_t* bytes, uint64_t size, const Dataset& data)
      : bytes_(bytes),
        size_(size),
        original_(data.source),
        count_(data.count),
        channels_(data.channels) {}
  ~CachedSource() override { munmap(const_cast<uint8_t*>(bytes_), size_); }

  PictureView read(int64_t index, Picture&) const override {
    const Place& p = places()[index];
    return {p.height, p.width, channels_, p.width * channels_, bytes_ + p.offset};
  }
  std::string name(int64_t index) const override { return original_->name(index); }
  uint64_t file_size(int64_t index) const override { return original_->file_size(index); }

 private:
  const Place* places() const { return reinterpret_cast<const Place*>(bytes_ + sizeof(Header)); }
  bool fits(uint64_t key) const {
    Header header, expected;
    std::memcpy(&header, bytes_, sizeof header);
    if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0 || header.key != key ||
        header.count != static_cast<uint64_t>(count_) ||
        header.channels != static_cast<uint64_t>(channels_)) {
      return false;
    }
    for (int64_t i = 0; i < count_; ++i) {
      const Place& p = places()[i];
      uint64_t pixels = uint64_t{p.height} * p.width * header.channels;
      if (p.offset > size_ || pixels > size_ - p.offset || pixels == 0) return false;
    }
    return true;
  }

  const uint8_t* bytes_;
  uint64_t size_;
  std::shared_ptr<const PictureSource> original_;
  int64_t count_, channels_;
};

}  // namespace

Dataset with_cache(Dataset data, const std::string& file, int threads) {
  if (!data.source) return data;
  uint64_t key = key_of(data);
  auto source = CachedSource::map(file, data, key);
  if (!source) {
    write_cache(data, file, key, threads);
    source = CachedSource::map(file, data, key);
    if (!source) throw Error("'" + file + "' was written, but cannot be read back");
  }
  data.source = source;
  return data;
}

}  // namespace pullback
